import {
  refrain,
  streamOf,
  type BlockRunner,
  type FeatureOps,
  type Pass,
  type Run,
  type RunOptions,
  type Stream,
  type Tap,
} from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import { SimError } from '../errors.ts';
import { collectLanes } from './collect.ts';
import { pairwise } from './pairwise.ts';
import type { Recording } from './recording.ts';
import { tapsToRecord } from './taps.ts';

/** How a run is recorded. */
export interface RecordOptions {
  /**
   * Look at elements 0, stride, 2·stride, … of features inside the stream only. Choose one that has no common factor with
   * the channel count. Sample, output and conditioning are small and looked at whole.
   *
   * @defaultValue 61
   */
  readonly stride?: number;
  /** What is generated, for reports: the prompt. */
  readonly label?: string;
  /** Scale of classifier-free guidance. @defaultValue 1 */
  readonly guidance?: number;
  /**
   * What is looked at.
   *
   * @defaultValue everything that some policy measures
   */
  readonly taps?: readonly Tap[];
  /**
   * Record inner products of the whole stack's residual, from which the error of forecasts follows. Holds one residual a
   * step in each lane. Nothing is recorded where the runner has no operation for it.
   *
   * @defaultValue true
   */
  readonly products?: boolean;
  /** What the parts of the model cost: see {@link measureCosts}. */
  readonly costs?: CostModel;
}

/** A run that computes everything and is recorded. */
export interface RecordingRun<Input, Output> extends Run<Input, Output> {
  /**
   * What was recorded.
   *
   * @throws SimError `RECORDING_INCOMPLETE` before the last step, `RECORDING_NOT_FINITE` when a feature had NaN
   */
  recording(): Recording;
}

/** A model whose runs are recorded. */
export interface RecordedModel<Input, Output> {
  /**
   * Starts a run.
   *
   * @throws RunError `RUN_OPTIONS`
   */
  start(options: RunOptions): RecordingRun<Input, Output>;
}

/** No common factor with the usual channel counts. */
const STRIDE = 61;

/**
 * Records generations of a runner, real or synthetic, without caching anything: how much every tap changes between all
 * pairs of steps. Used like {@link refrain}: what `refrain(runner, policy)` would cache, `record(runner)` only looks at.
 *
 * @param runner - whose runs are recorded
 * @param options - what and how
 * @throws RunnerError `RUNNER_CONTRACT` when the runner's sites do not form a stream
 * @throws SimError `OPTION_INVALID`
 *
 * @example
 * ```ts
 * const run = record(runner, { label: prompt }).start({ timesteps });
 * for (const [step, timestep] of timesteps.entries()) sample = next(sample, await run.step({ sample, timestep }, { step }));
 * const recording = run.recording();
 * console.log(replay(bwcache({ threshold: 0.15 }), recording).reuseRate);
 * ```
 */
export function record<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  options: RecordOptions = {},
): RecordedModel<Input, Output> {
  const { stride = STRIDE, label = '', guidance = 1, products = true, costs } = options;
  if (!Number.isInteger(stride) || stride < 1)
    throw new SimError('OPTION_INVALID', `[sim] stride: expected an integer of at least 1, got ${stride}`);
  const stream = streamOf(runner.sites, runner.conditioning);
  const wholeModel = runner.model !== undefined;
  const taps = options.taps ? withEntry(options.taps) : tapsToRecord(stream, wholeModel);
  return {
    start(runOptions) {
      const { timesteps, branches = ['conditional'], callsPerStep = 1 } = runOptions;
      const watched = watchBytes(runner);
      const policy = pairwise(
        {
          taps,
          stride,
          wholeModel,
          tokenNorms: runner.ops.tokenNorms !== undefined,
          products: products && runner.ops.products !== undefined,
        },
        timesteps?.length ?? 0,
      );
      const run = refrain(watched.runner, policy).start(runOptions);
      const recording = (): Recording => {
        const report = run.report();
        const lanes = collectLanes(report, { taps, callsPerStep, length: stream.length });
        const { architecture, name: model } = runner;
        const entry = lanes.taps.find(({ tap }) => tap.of === 'stream' && tap.at === 0);
        return {
          model,
          ...(architecture !== undefined && { architecture }),
          label,
          steps: timesteps.length,
          timesteps: [...timesteps],
          branches: [...branches],
          callsPerStep,
          guidance,
          stream: plainStream(stream),
          wholeModel,
          bytesPerElement: watched.bytes() / (entry?.elements ?? Number.NaN),
          stride,
          taps: lanes.taps,
          lanes: lanes.lanes,
          ...(costs && { costs }),
        };
      };
      return {
        step: (input, place) => run.step(input, place),
        guided: (inputs, place) => run.guided(inputs, place),
        report: () => run.report(),
        end: () => run.end(),
        recording,
      };
    },
  };
}

/** The stream where it begins tells how many bytes an element has. */
function withEntry(taps: readonly Tap[]): readonly Tap[] {
  const has = taps.some((tap) => tap.of === 'stream' && tap.at === 0);
  return has ? taps : [{ of: 'stream', at: 0 }, ...taps];
}

/** A copy that holds nothing of the runner. */
function plainStream({ length, blocks, inner, conditioning }: Stream): Stream {
  return {
    length,
    blocks: blocks.map((block) => ({ ...block })),
    inner: inner.map((site) => ({ ...site })),
    conditioning: [...conditioning],
  };
}

/** The same runner, which notes how many bytes the stream holds where it begins. */
function watchBytes<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
): { readonly runner: BlockRunner<Input, Feature, Output>; bytes(): number } {
  let bytes = Number.NaN;
  const { name, sites, conditioning, model, architecture, sketches, ops } = runner;
  return {
    bytes: () => bytes,
    runner: {
      name,
      sites,
      ...(conditioning && { conditioning }),
      ...(model && { model }),
      ...(architecture !== undefined && { architecture }),
      ...(sketches !== undefined && { sketches }),
      ops,
      async enter(input, at): Promise<Pass<Feature, Output>> {
        const pass = await runner.enter(input, at);
        if (Number.isNaN(bytes)) bytes = await bytesOfCopy(ops, pass.x);
        return pass;
      },
    },
  };
}

/** A runner may keep the stream to itself until somebody asks for it; a copy of it is there for sure. */
async function bytesOfCopy<Feature extends object>(ops: FeatureOps<Feature>, x: Feature): Promise<number> {
  const copy = await ops.combine([{ weight: 1, feature: x }]);
  const bytes = ops.bytes(copy);
  ops.dispose(copy);
  return bytes;
}
