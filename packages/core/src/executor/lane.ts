import type { Json } from '../json.ts';
import { laneName } from '../policy/baseline/trace.ts';
import type { Policy, RunShape } from '../policy/policy.ts';
import { askPolicy } from './blame.ts';
import { CacheStore } from './cache-store.ts';
import type { Holdings } from './holdings.ts';
import { ReferenceStore } from './reference-store.ts';

/** Where a policy's state lives. Lanes of one call share it when the policy says so. */
export interface Memory {
  state: Json;
}

/** Everything that one branch (and call) of a run owns. */
export interface Lane<Feature extends object> {
  readonly name: string;
  readonly branch: string;
  readonly call: number;
  readonly memory: Memory;
  /** The newest step that was started, −1 before the first. */
  step: number;
  /** How many steps after it was made an entry may be used, as the policy states it. */
  readonly maxAge: number;
  readonly cache: CacheStore<Feature>;
  readonly references: ReferenceStore<Feature>;
  /** The lanes of the same call by their branches, itself among them: a reuse may borrow from them. */
  readonly siblings: Map<string, Lane<Feature>>;
}

/** Opens all lanes of a run: one for each branch and call. */
export function openLanes<Feature extends object>(
  policy: Policy,
  run: Omit<RunShape, 'branch' | 'call'>,
  holdings: Holdings<Feature>,
): Map<string, Lane<Feature>> {
  const lanes = new Map<string, Lane<Feature>>();
  for (let call = 0; call < run.callsPerStep; call++) {
    const siblings = new Map<string, Lane<Feature>>();
    let memory: Memory | undefined;
    for (const branch of run.branches) {
      const shape = { ...run, branch, call };
      if (!memory || !policy.shared) memory = { state: askPolicy(policy, () => policy.init(shape)) };
      const lane = openLane(policy, shape, memory, holdings, siblings);
      siblings.set(branch, lane);
      lanes.set(lane.name, lane);
    }
  }
  return lanes;
}

function openLane<Feature extends object>(
  policy: Policy,
  run: RunShape,
  memory: Memory,
  holdings: Holdings<Feature>,
  siblings: Map<string, Lane<Feature>>,
): Lane<Feature> {
  return {
    name: laneName(run.branch, run.call),
    branch: run.branch,
    call: run.call,
    memory,
    step: -1,
    maxAge: askPolicy(policy, () => policy.limits(run).maxAge ?? Infinity),
    cache: new CacheStore(holdings, policy.needs.history),
    references: new ReferenceStore(holdings),
    siblings,
  };
}

/** Frees everything that a lane holds. */
export function closeLane(lane: Lane<object>): void {
  lane.cache.clear();
  lane.references.clear();
}
