import type { Entry, Json, Policy, Refusal, ReuseDecision, RunShape } from '@refrain/core';
import type { BenchLane } from './bench.ts';

/** Where a policy's state lives; lanes of one call share it when the policy says so. */
export interface Memory {
  state: Json;
}

/** A lane of a replayed run: what its cache and its references would hold, by the steps that made them. */
export interface ReplayLane {
  readonly bench: BenchLane;
  readonly index: number;
  readonly memory: Memory;
  readonly maxAge: number;
  /** For each indicator by its name, the step of its reference. */
  readonly references: Map<string, number>;
  /** Indicators whose reference waits for the decision that confirms it. */
  readonly pending: string[];
  /** For each entry, the steps at which it was kept, newest first. */
  readonly cache: Map<string, number[]>;
  /** Entries that are kept once the pass gets to their end. */
  readonly waiting: Entry[];
  /** Lanes of the same call by their branches. */
  readonly siblings: Map<string, ReplayLane>;
}

/**
 * Opens the lanes of a replay, in the order in which the recording has them.
 *
 * @param policy - its states are opened
 * @param shape - of the run
 * @param benches - the recorded lanes
 */
export function openLanes(
  policy: Policy,
  shape: Omit<RunShape, 'branch' | 'call'>,
  benches: readonly BenchLane[],
): readonly ReplayLane[] {
  const calls = new Map<number, { readonly siblings: Map<string, ReplayLane>; memory: Memory | undefined }>();
  return benches.map((bench, index) => {
    const { branch, call } = bench.recorded;
    const run = { ...shape, branch, call };
    let group = calls.get(call);
    if (!group) calls.set(call, (group = { siblings: new Map<string, ReplayLane>(), memory: undefined }));
    const memory: Memory = policy.shared && group.memory ? group.memory : { state: policy.init(run) };
    group.memory = memory;
    const lane: ReplayLane = {
      bench,
      index,
      memory,
      maxAge: policy.limits(run).maxAge ?? Infinity,
      references: new Map(),
      pending: [],
      cache: new Map(),
      waiting: [],
      siblings: group.siblings,
    };
    group.siblings.set(branch, lane);
    return lane;
  });
}

/** The same text for the same entry. */
export function entryKey(from: number, until: number, form: Entry['form'], slot = ''): string {
  return `${form} ${from} ${until} ${slot}`;
}

/** Keeps an entry as the newest. Returns true when that makes its history longer. */
export function keepEntry(lane: ReplayLane, key: string, step: number, depth: number): boolean {
  const steps = lane.cache.get(key);
  if (!steps) {
    lane.cache.set(key, [step]);
    return true;
  }
  steps.unshift(step);
  if (steps.length <= Math.max(1, depth)) return true;
  steps.pop();
  return false;
}

/** Why a reuse cannot be carried out, as the executor would say it; undefined if it can. */
export function refusalOf(
  lane: ReplayLane,
  decision: ReuseDecision,
  site: number,
  step: number,
): Refusal | undefined {
  const { weights, steps, until, form, slot, borrowed } = decision;
  const oldest = step - lane.maxAge;
  if (weights.length > 0) {
    const cached = lane.cache.get(entryKey(site, until, form, slot));
    if (!cached || cached.length < weights.length) return 'nothing-cached';
    if (steps?.some((wanted, index) => cached[index] !== wanted)) return 'other-history';
    if ((cached[0] ?? -Infinity) < oldest) return 'too-old';
  }
  for (const term of borrowed ?? []) {
    const other = lane.siblings.get(term.branch)?.cache.get(entryKey(site, until, form, term.slot));
    if (!other?.includes(term.step)) return 'nothing-cached';
    if (term.step < oldest) return 'too-old';
  }
  return undefined;
}
