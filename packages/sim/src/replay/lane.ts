import type { Entry, Indicator, Json, Policy, Refusal, ReuseDecision, RunShape } from '@refrain/core';
import type { BenchLane, ReplayBench } from './bench.ts';

/** Where a policy's state lives; lanes of one call share it when the policy says so. */
export interface Memory {
  state: Json;
}

/** The steps at which entries were kept, newest first, by their numbers and, for those with a slot, their texts. */
export class ReplayCache {
  readonly #steps = new Map<number | string, number[]>();
  readonly #bench: ReplayBench;
  readonly #depth: number;

  /**
   * @param bench - the recording
   * @param depth - how many steps of an entry are remembered
   */
  constructor(bench: ReplayBench, depth: number) {
    this.#bench = bench;
    this.#depth = Math.max(1, depth);
  }

  /** The steps of an entry; undefined before it was kept. */
  find(
    from: number,
    until: number,
    form: Entry['form'],
    slot: string | undefined,
  ): readonly number[] | undefined {
    return this.#steps.get(this.#keyOf(from, until, form, slot));
  }

  /** Keeps an entry as the newest. Returns true when that makes its history longer. */
  keep({ from, until, form, slot }: Entry, step: number): boolean {
    const key = this.#keyOf(from, until, form, slot);
    const steps = this.#steps.get(key);
    if (!steps) {
      this.#steps.set(key, [step]);
      return true;
    }
    if (steps.length < this.#depth) {
      steps.unshift(step);
      return true;
    }
    for (let age = steps.length - 1; age > 0; age--) steps[age] = steps[age - 1] ?? step;
    steps[0] = step;
    return false;
  }

  #keyOf(from: number, until: number, form: Entry['form'], slot: string | undefined): number | string {
    const key = this.#bench.index.entryKey(from, until, form);
    return slot === undefined ? key : `${key} ${slot}`;
  }
}

/** A lane of a replayed run: what its cache and its references would hold, by the steps that made them. */
export interface ReplayLane {
  readonly bench: BenchLane;
  readonly index: number;
  readonly memory: Memory;
  readonly maxAge: number;
  /** The step of its reference for each indicator, by the number of its name. */
  readonly references: (number | undefined)[];
  /** Indicators that keep a reference, by the same numbers. */
  readonly referenced: (Indicator | undefined)[];
  /** Numbers of indicators whose reference waits for the decision that confirms it. */
  readonly pending: number[];
  /** For each entry, the steps at which it was kept, newest first. */
  readonly cache: ReplayCache;
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
 * @param bench - the recording
 */
export function openLanes(
  policy: Policy,
  shape: Omit<RunShape, 'branch' | 'call'>,
  bench: ReplayBench,
): readonly ReplayLane[] {
  const calls = new Map<number, { readonly siblings: Map<string, ReplayLane>; memory: Memory | undefined }>();
  return bench.lanes.map((recorded, index) => {
    const { branch, call } = recorded.recorded;
    const run = { ...shape, branch, call };
    let group = calls.get(call);
    if (!group) calls.set(call, (group = { siblings: new Map<string, ReplayLane>(), memory: undefined }));
    const memory: Memory = policy.shared && group.memory ? group.memory : { state: policy.init(run) };
    group.memory = memory;
    const lane: ReplayLane = {
      bench: recorded,
      index,
      memory,
      maxAge: policy.limits(run).maxAge ?? Infinity,
      references: [],
      referenced: [],
      pending: [],
      cache: new ReplayCache(bench, policy.needs.history),
      waiting: [],
      siblings: group.siblings,
    };
    group.siblings.set(branch, lane);
    return lane;
  });
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
    const cached = lane.cache.find(site, until, form, slot);
    if (!cached || cached.length < weights.length) return 'nothing-cached';
    if (steps?.some((wanted, index) => cached[index] !== wanted)) return 'other-history';
    if ((cached[0] ?? -Infinity) < oldest) return 'too-old';
  }
  for (const term of borrowed ?? []) {
    const other = lane.siblings.get(term.branch)?.cache.find(site, until, form, term.slot);
    if (!other?.includes(term.step)) return 'nothing-cached';
    if (term.step < oldest) return 'too-old';
  }
  return undefined;
}
