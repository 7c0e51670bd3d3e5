import type { DecisionRecord, Policy } from '@refrain/core';
import type { RunCase } from '../cases/run-case.ts';

/** What a policy did in a run, whether it was only walked or really executed: all that most laws look at. */
export interface Course {
  readonly policy: Policy;
  readonly run: RunCase;
  /** Positions of the stream. */
  readonly length: number;
  /** The passes that were gone through: steps may have been left out. */
  readonly passes: number;
  /** In order. */
  readonly decisions: readonly DecisionRecord[];
}

/** Decisions lane by lane (a branch and call), in order. */
export function lanesOf(decisions: readonly DecisionRecord[]): readonly (readonly DecisionRecord[])[] {
  return groupsOf(decisions, ({ branch, call }) => `${branch} ${call}`);
}

/** Decisions pass by pass, in order. */
export function passesOf(decisions: readonly DecisionRecord[]): readonly (readonly DecisionRecord[])[] {
  return groupsOf(decisions, ({ branch, call, step }) => `${branch} ${call} ${step}`);
}

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return Array.from(groups.values());
}
