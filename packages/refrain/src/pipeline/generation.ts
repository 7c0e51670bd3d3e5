import type { Policy, RunReport } from '@refrain/core';
import { float32TensorOps, refrain } from '@refrain/core';
import { flowMatchingEuler, gaussianNoise, type Sampler } from '@refrain/diffusion';
import { record, type Recording, type RecordOptions } from '@refrain/sim';
import type { Float32Tensor } from '@refrain/core';
import { CommandError } from '../errors.ts';
import type { Pipeline } from './pipeline.ts';
import { plainPass, type PlainSeconds } from './plain-pass.ts';

/** What is generated. */
export interface GenerationOptions {
  readonly steps: number;
  /** Timestep shift of the flow-matching schedule. */
  readonly shift: number;
  /** Scale of classifier-free guidance; 1 runs the conditional branch only. */
  readonly guidance: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Prompt embeddings by guidance branch. */
export type Embeddings = Readonly<Record<string, Float32Tensor>>;

/** One generation that is carried on step by step, so that several can be interleaved. */
export interface Generation {
  /** Runs the next step. */
  advance(): Promise<void>;
  /** The latent as it stands; after the last step the video. */
  readonly latent: Float32Array;
  /** Seconds of each finished step, model passes and sampler together. */
  readonly seconds: readonly number[];
}

/** A generation that tells something when it is finished, and holds things until then. */
export interface ReportingGeneration<Report> extends Generation {
  report(): Report;
  /** Frees what it holds, wherever it stands. */
  end(): void;
}

/** A generation under a policy. */
export type CachedGeneration = ReportingGeneration<RunReport>;

/** A generation that computes everything and is recorded. */
export type RecordedGeneration = ReportingGeneration<Recording>;

/** A generation by the bare runner, with the time of each stretch by step and branch. */
export interface PlainGeneration extends Generation {
  /** `passes[step][branch]`: seconds of the parts of a pass. */
  readonly passes: readonly Readonly<Record<string, PlainSeconds>>[];
}

/** Branches of a generation: guidance at scale 1 needs no unconditional one. */
function branchesOf(guidance: number): readonly string[] {
  return guidance === 1 ? ['conditional'] : ['conditional', 'unconditional'];
}

/** Embeds a prompt for all branches. */
export async function embedBranches(
  pipeline: Pipeline,
  prompt: string,
  guidance: number,
): Promise<Embeddings> {
  const embeddings: Record<string, Float32Tensor> = {};
  for (const branch of branchesOf(guidance))
    embeddings[branch] = await pipeline.embed(branch === 'conditional' ? prompt : undefined);
  return embeddings;
}

/** Starts a generation under a policy. */
export function startCached(
  pipeline: Pipeline,
  policy: Policy,
  embeddings: Embeddings,
  options: GenerationOptions,
): CachedGeneration {
  const sampler = flowMatchingEuler(options);
  const { signal } = options;
  const branches = branchesOf(options.guidance);
  const run = refrain(pipeline.runner, policy).start({
    timesteps: sampler.timesteps,
    branches,
    ...(signal && { signal }),
  });
  const generation = carryOn(pipeline, sampler, embeddings, options, (inputs, step) =>
    run.guided(inputs, { step, scale: options.guidance }),
  );
  return Object.assign(generation, { report: () => run.report(), end: () => run.end() });
}

/**
 * Starts a generation that is recorded.
 *
 * @param recording - its stride, its label and the costs that go with it
 */
export function startRecorded(
  pipeline: Pipeline,
  embeddings: Embeddings,
  options: GenerationOptions,
  recording: Omit<RecordOptions, 'guidance'>,
): RecordedGeneration {
  const sampler = flowMatchingEuler(options);
  const { signal, guidance } = options;
  const run = record(pipeline.runner, { ...recording, guidance }).start({
    timesteps: sampler.timesteps,
    branches: branchesOf(guidance),
    ...(signal && { signal }),
  });
  const generation = carryOn(pipeline, sampler, embeddings, options, (inputs, step) =>
    run.guided(inputs, { step, scale: guidance }),
  );
  return Object.assign(generation, { report: () => run.recording(), end: () => run.end() });
}

/** Starts a generation by the bare runner: enter, one span, exit, and nothing of Refrain's executor. */
export function startPlain(
  pipeline: Pipeline,
  embeddings: Embeddings,
  options: GenerationOptions,
): PlainGeneration {
  const sampler = flowMatchingEuler(options);
  const passes: Record<string, PlainSeconds>[] = [];
  const { runner } = pipeline;
  const generation = carryOn(pipeline, sampler, embeddings, options, async (inputs, step) => {
    const outputs: Float32Tensor[] = [];
    for (const [branch, input] of Object.entries(inputs)) {
      const info = { step, call: 0, branch, timestep: sampler.timesteps[step] ?? 0 };
      const { output, seconds } = await plainPass(runner, input, info);
      outputs.push(output);
      (passes[step] ??= {})[branch] = seconds;
    }
    return guided(outputs, options.guidance);
  });
  return Object.assign(generation, { passes });
}

/** The combination that the executor makes, so that outputs can be compared bit by bit. */
async function guided(
  [conditional, unconditional]: readonly Float32Tensor[],
  scale: number,
): Promise<Float32Tensor> {
  if (!conditional) throw new RangeError('a generation has at least one branch');
  if (!unconditional) return conditional;
  return float32TensorOps.combine([
    { weight: scale, feature: conditional },
    { weight: 1 - scale, feature: unconditional },
  ]);
}

type Inputs = Readonly<Record<string, ReturnType<Pipeline['input']>>>;
type RunStep = (inputs: Inputs, step: number) => Promise<Float32Tensor>;

function carryOn(
  pipeline: Pipeline,
  sampler: Sampler,
  embeddings: Embeddings,
  options: GenerationOptions,
  runStep: RunStep,
): Generation {
  let latent = gaussianNoise(pipeline.latentLength, options.seed);
  const seconds: number[] = [];
  const advance = async (): Promise<void> => {
    const step = seconds.length;
    const start = performance.now();
    const timestep = sampler.timesteps[step] ?? 0;
    const inputs: Record<string, ReturnType<Pipeline['input']>> = {};
    for (const branch of branchesOf(options.guidance)) {
      const embedding = embeddings[branch];
      if (!embedding) throw new RangeError(`no embedding for branch ${branch}`);
      inputs[branch] = pipeline.input(latent, timestep, embedding);
    }
    const { data } = await runStep(inputs, step);
    latent = sampler.step(latent, data, step);
    seconds.push((performance.now() - start) / 1000);
  };
  return {
    advance,
    seconds,
    get latent() {
      return latent;
    },
  };
}

/** Runs a generation to its end. Frees what it holds, also when it is stopped. */
export async function carryThrough<Report>(
  generation: ReportingGeneration<Report>,
  { steps, signal }: Pick<GenerationOptions, 'steps' | 'signal'>,
  onStep: (step: number) => void,
): Promise<Report> {
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      await generation.advance();
      onStep(step);
    }
    return generation.report();
  } finally {
    generation.end();
  }
}

/**
 * Makes sure that a finished latent can be shown.
 *
 * @throws CommandError `GENERATION_NOT_FINITE`
 */
export function requireFinite(latent: Float32Array, what: string): Float32Array {
  if (latent.every(Number.isFinite)) return latent;
  throw new CommandError(
    'GENERATION_NOT_FINITE',
    `[refrain] ${what} gave NaN or infinite pixels, so there is no picture to show: the model or its input is broken`,
  );
}
