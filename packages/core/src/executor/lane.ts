import type { Json } from '../json.ts';
import type { Policy, RunShape } from '../policy/policy.ts';
import { askPolicy } from './blame.ts';
import { CacheStore } from './cache-store.ts';
import type { Holdings } from './holdings.ts';
import { ReferenceStore } from './reference-store.ts';

/** Everything that one branch (and call) of a run owns: nothing is shared between lanes. */
export interface Lane<Feature extends object> {
  readonly name: string;
  readonly branch: string;
  readonly call: number;
  /** The policy's state. */
  state: Json;
  /** The newest step that was started, −1 before the first. */
  step: number;
  /** How many steps after it was made an entry may be used, as the policy states it. */
  readonly maxAge: number;
  readonly cache: CacheStore<Feature>;
  readonly references: ReferenceStore<Feature>;
}

/** Opens a lane with a fresh policy state and empty stores. */
export function openLane<Feature extends object>(
  name: string,
  policy: Policy,
  run: RunShape,
  holdings: Holdings<Feature>,
): Lane<Feature> {
  return {
    name,
    branch: run.branch,
    call: run.call,
    state: askPolicy(policy, () => policy.init(run)),
    step: -1,
    maxAge: askPolicy(policy, () => policy.limits(run).maxAge ?? Infinity),
    cache: new CacheStore(holdings, policy.needs.history),
    references: new ReferenceStore(holdings),
  };
}

/** Frees everything that a lane holds. */
export function closeLane(lane: Lane<object>): void {
  lane.cache.clear();
  lane.references.clear();
}
