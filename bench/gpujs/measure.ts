import { refrain, type BlockRunner, type FeatureOps, type Policy } from '@refrain/core';
import type { LatteInput, LatteTensor } from '../../packages/gpujs/src/index.ts';

/** A model to measure, wherever its features lie. */
export interface Measured<Feature extends object> {
  readonly runner: BlockRunner<LatteInput, Feature, LatteTensor>;
  /** The whole model without an executor. */
  readonly plain: (input: LatteInput) => Promise<LatteTensor>;
  /** Waits until the device has done what it was given. */
  readonly settle: () => Promise<void>;
  /** Milliseconds. On a busy machine the time that the process had the processor tells more than the time that passed. */
  readonly clock: () => number;
}

/** Milliseconds of single pieces of work, one number for each round. */
export interface PieceTimes {
  /** The first spatial block: attention, cross-attention, MLP. */
  readonly spatial: number;
  /** The first temporal block. */
  readonly temporal: number;
  /** Relative L1 of a block's output, the two numbers read back. */
  readonly indicator: number;
  /** The same on every 61st element, sketching included. */
  readonly sketched: number;
}

/**
 * Times single pieces of work once.
 *
 * @param model - to measure
 * @param input - of the pass
 */
export async function timePieces<Feature extends object>(
  { runner, settle, clock }: Measured<Feature>,
  input: LatteInput,
): Promise<PieceTimes> {
  const timed = timer(settle, clock);
  const ops = runner.ops;
  const pass = await runner.enter(input, { step: 0, call: 0, branch: 'conditional', timestep: 0 });
  const span = async (from: number, until: number, x: Feature): Promise<Feature> =>
    (await pass.span({ from, until, x, values: new Map(), taps: [] })).x;
  await settle();
  const [spatial, behind] = await timed(() => span(0, 3, pass.x));
  const [temporal, further] = await timed(() => span(3, 5, behind));
  const [indicator] = await timed(async () => ops.relativeL1([{ current: further, reference: behind }]));
  const [sketched, sketches] = await timed(() => sketchedL1(ops, further, behind));
  for (const feature of new Set([pass.x, behind, further, ...sketches])) ops.dispose(feature);
  pass.release?.();
  return { spatial, temporal, indicator, sketched };
}

async function sketchedL1<Feature>(
  ops: FeatureOps<Feature>,
  current: Feature,
  reference: Feature,
): Promise<readonly [Feature, Feature]> {
  const sketches = [await ops.sketch(current, 61), await ops.sketch(reference, 61)] as const;
  await ops.relativeL1([{ current: sketches[0], reference: sketches[1] }]);
  return sketches;
}

type Timed = <T>(work: () => Promise<T>) => Promise<readonly [number, T]>;

function timer(settle: () => Promise<void>, clock: () => number): Timed {
  return async (work) => {
    const start = clock();
    const result = await work();
    await settle();
    return [clock() - start, result];
  };
}

/** A cached generation beside the plain one, step by step. */
export interface CachedTimes {
  readonly policy: string;
  readonly reuseRate: number;
  readonly speedup: number;
  /** What it would be if caching were free: plain steps, and for reused ones only what is in front of and behind the blocks. */
  readonly ideal: number;
  readonly seconds: { readonly plain: number; readonly cached: number };
  /** Bytes that the report says are held at most, and whether the device held that much after each step. */
  readonly bytes: { readonly peak: number; readonly asReported: boolean };
}

/**
 * Runs a policy that reuses whole steps beside the plain model, interleaved step by step.
 *
 * @param model - to measure
 * @param policy - reuses all blocks of a step or none
 * @param inputs - one for each step
 * @param held - bytes of features on the device
 */
export async function timeCached<Feature extends object>(
  { runner, plain, settle, clock }: Measured<Feature>,
  policy: Policy,
  inputs: readonly LatteInput[],
  held: () => number,
): Promise<CachedTimes> {
  const timed = timer(settle, clock);
  const timesteps = inputs.map(({ timestep }) => timestep.data[0] ?? 0);
  const run = refrain(runner, policy).start({ timesteps });
  const resident = held();
  const times = { plain: [] as number[], cached: [] as number[], edges: [] as number[] };
  let asReported = true;
  for (const [step, input] of inputs.entries()) {
    times.plain.push((await timed(() => plain(input)))[0]);
    times.cached.push((await timed(() => run.step(input, { step })))[0]);
    asReported &&= held() - resident === run.report().bytes.held;
    times.edges.push((await timed(() => edges(runner, input)))[0]);
  }
  const report = run.report();
  const [mask = ''] = Object.values(report.mask);
  const skipped = sum(
    times.plain.map((time, step) => (mask[step] === '0' ? time - (times.edges[step] ?? 0) : 0)),
  );
  const [plainTime, cachedTime] = [sum(times.plain), sum(times.cached)];
  return {
    policy: report.policy,
    reuseRate: report.reuseRate,
    speedup: plainTime / cachedTime,
    ideal: plainTime / (plainTime - skipped),
    seconds: { plain: plainTime / 1000, cached: cachedTime / 1000 },
    bytes: { peak: report.bytes.peak, asReported },
  };
}

/** What every step computes, reused or not: the way in and the way out. */
async function edges<Feature extends object>(
  runner: BlockRunner<LatteInput, Feature, LatteTensor>,
  input: LatteInput,
): Promise<void> {
  const pass = await runner.enter(input, { step: 0, call: 0, branch: 'conditional', timestep: 0 });
  await pass.exit(pass.x);
  runner.ops.dispose(pass.x);
  pass.release?.();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
