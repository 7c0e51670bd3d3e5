import {
  laneName,
  PolicyError,
  requireNeeds,
  specialOperations,
  type DecisionRecord,
  type Granularity,
  type Policy,
  type RunShape,
  type Warning,
} from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import type { Recording } from '../recording/recording.ts';
import { openBench, type ReplayBench } from './bench.ts';
import { openLanes } from './lane.ts';
import { Ledger } from './ledger.ts';
import { ReplayPass } from './pass.ts';

/** How a policy is replayed. */
export interface ReplayOptions {
  /** What the parts of the model cost. Default: what was recorded; without, nothing is said about seconds. */
  readonly costs?: CostModel;
}

/** What a policy would have done in a recorded run, to first order. */
export interface ReplaySummary {
  /** Id of the policy. */
  readonly policy: string;
  /** At which level it acts. */
  readonly granularity: Granularity;
  /** Sites taken from the cache as a share of all sites. */
  readonly reuseRate: number;
  /** Seconds of all passes; null without costs. */
  readonly seconds: number | null;
  /** Seconds of the same run without caching; null without costs. */
  readonly plainSeconds: number | null;
  /** Plain seconds by seconds; null without costs. */
  readonly speedup: number | null;
  /**
   * Relative error of the latent at the end of the run, to first order: the errors |Σ_k w_k f(s_k) − f(s)| that reuses put
   * into the stream, each in the share that its step has in the latent. Null when something was reused whose error cannot
   * be known from the recording, such as terms of the other branch.
   */
  readonly drift: number | null;
  /** The most bytes that cache and references would hold; a feature that is both is counted twice. */
  readonly bytesHeld: number;
}

/** A {@link ReplaySummary} with every decision. */
export interface Replay extends ReplaySummary {
  /** For each lane one character a step: `1` computed, `0` reused, `p` in part. */
  readonly mask: Readonly<Record<string, string>>;
  /** As the executor reports them. */
  readonly decisions: readonly DecisionRecord[];
  /** Constants of the policy that do not fit the run, and reuses that were refused. */
  readonly warnings: readonly Warning[];
}

/**
 * Replays a policy on a recorded run, open loop: it sees the changes of the uncached run also after it has reused
 * something, and its decisions are those of the executor as long as the cached run stays close to the plain one.
 *
 * @param policy - any policy
 * @param recording - of one uncached run
 * @throws SimError `NOT_RECORDED` when the policy measures what was not recorded, `RECORDING_MISMATCH` when the costs do
 * not go with the recording
 * @throws PolicyError `POLICY_NEEDS`, `POLICY_FIT`, `POLICY_CONTRACT` as the executor does
 *
 * @example
 * ```ts
 * const { speedup, drift, mask } = replay(bwcache({ threshold: 0.15 }), recording);
 * ```
 */
export function replay(policy: Policy, recording: Recording, options: ReplayOptions = {}): Replay {
  const bench = openBench(recording, options.costs ?? recording.costs);
  const ledger = new Ledger(bench, true);
  const misfits = run(policy, bench, ledger);
  return {
    ...summaryOf(policy, bench, ledger),
    mask: masksOf(bench, ledger),
    decisions: ledger.decisions ?? [],
    warnings: [...misfits, ...refusals(ledger)],
  };
}

/**
 * Makes a function that replays any policy on one recording and sums up what it did. For many policies: what can be
 * worked out once is, and decisions are not listed.
 *
 * @param recording - of one uncached run
 * @param options - as for {@link replay}
 * @throws SimError `RECORDING_MISMATCH`; the function throws what {@link replay} throws
 *
 * @example
 * ```ts
 * const summarize = replayer(recording);
 * const speedups = thresholds.map((threshold) => summarize(teacache({ threshold })).speedup);
 * ```
 */
export function replayer(
  recording: Recording,
  options: ReplayOptions = {},
): (policy: Policy) => ReplaySummary {
  const bench = openBench(recording, options.costs ?? recording.costs);
  return (policy) => {
    const ledger = new Ledger(bench, false);
    run(policy, bench, ledger);
    return summaryOf(policy, bench, ledger);
  };
}

function run(policy: Policy, bench: ReplayBench, ledger: Ledger): readonly Warning[] {
  const { recording } = bench;
  const { stream, wholeModel: model, model: name, steps } = recording;
  requireNeeds(policy, { name, stream, model, operations: new Set(specialOperations) });
  const shape = shapeOf(recording);
  const misfits = fitOf(policy, shape);
  const lanes = openLanes(policy, shape, bench);
  const context = { policy, bench, ledger };
  for (let step = 0; step < steps; step++)
    for (const lane of inOrder(lanes)) new ReplayPass(context, lane, step).finish();
  ledger.endRun(lanes);
  return misfits;
}

/** The first call of all branches, then the second: as a sampler goes through a step. */
function inOrder<Lane extends { readonly bench: { readonly recorded: { readonly call: number } } }>(
  lanes: readonly Lane[],
): readonly Lane[] {
  if (lanes.every(({ bench }) => bench.recorded.call === 0)) return lanes;
  return lanes.toSorted((a, b) => a.bench.recorded.call - b.bench.recorded.call);
}

function shapeOf(recording: Recording): Omit<RunShape, 'branch' | 'call'> {
  const { steps, timesteps, branches, callsPerStep, stream, architecture } = recording;
  return {
    steps,
    timesteps,
    branches,
    callsPerStep,
    stream,
    ...(architecture !== undefined && { architecture }),
  };
}

function fitOf(policy: Policy, shape: Omit<RunShape, 'branch' | 'call'>): readonly Warning[] {
  const misfits = policy.fit?.({ ...shape, branch: shape.branches[0] ?? '', call: 0 }) ?? [];
  const errors = misfits.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (errors.length > 0)
    throw new PolicyError(
      'POLICY_FIT',
      `[sim] ${policy.id} does not fit this recording: ${errors.join('; ')}`,
    );
  const byCode = new Map(misfits.map(({ code, message }) => [code, { code, message, count: 1 }]));
  return [...byCode.values()];
}

function refusals({ refused }: Ledger): readonly Warning[] {
  if (refused === 0) return [];
  const message = 'the policy wanted to reuse what was not cached, or was too old: computed instead';
  return [{ code: 'reuse-refused', message, count: refused }];
}

function summaryOf(policy: Policy, bench: ReplayBench, ledger: Ledger): ReplaySummary {
  const { recording, costs, secondsUntil } = bench;
  const reused = sum(ledger.reused);
  const all = reused + sum(ledger.computed);
  const seconds = ledger.seconds + ledger.indicatorSeconds;
  const pass = (costs?.frame ?? 0) + (secondsUntil.at(-1) ?? 0);
  const plainSeconds = pass * recording.steps * recording.lanes.length;
  return {
    policy: policy.id,
    granularity: policy.granularity,
    reuseRate: all === 0 ? 0 : reused / all,
    seconds: costs ? seconds : null,
    plainSeconds: costs ? plainSeconds : null,
    speedup: costs ? plainSeconds / seconds : null,
    drift: Number.isNaN(ledger.drift) ? null : ledger.drift,
    bytesHeld: ledger.bytes,
  };
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function masksOf({ recording }: ReplayBench, { computed, reused }: Ledger): Readonly<Record<string, string>> {
  const { steps, lanes } = recording;
  const symbol = (at: number): string => {
    if ((reused[at] ?? 0) === 0) return (computed[at] ?? 0) === 0 ? '-' : '1';
    return (computed[at] ?? 0) === 0 ? '0' : 'p';
  };
  return Object.fromEntries(
    lanes.map(({ branch, call }, lane) => [
      laneName(branch, call),
      Array.from({ length: steps }, (_, step) => symbol(lane * steps + step)).join(''),
    ]),
  );
}
