import {
  refrain,
  specialOperations,
  streamOf,
  type BlockRunner,
  type Float32Tensor,
  type PassInfo,
  type Policy,
  type Run,
  type RunOptions,
} from '@refrain/core';
import type { ModelOffer } from '../messages.ts';
import { plainPass } from './plain-pass.ts';

/** What one pass of the model is given. */
export interface ModelInput {
  readonly latent: Float32Array;
  readonly timestep: number;
  readonly embedding: Float32Tensor;
}

/** A model on a backend, ready to generate. What its features are, nobody outside needs to know. */
export interface OpenModel {
  readonly offer: ModelOffer;
  /** Embeds a prompt; undefined gives the unconditional embedding. */
  embed(prompt: string | undefined): Promise<Float32Tensor>;
  /** Starts a run under a policy, whose outputs are velocities. */
  start(policy: Policy, options: RunOptions): CachedRun;
  /** One step of the bare model, its branches combined; nothing of the executor takes part. */
  plain(inputs: Branches, at: Omit<PassInfo, 'branch'>, scale: number): Promise<Float32Array>;
  /** Seconds that compiling took since the model was opened. */
  compiling(): number;
  dispose(): Promise<void>;
}

/** An input for each branch, the conditional one first. */
export type Branches = Readonly<Record<string, ModelInput>>;

/** A run whose outputs are in main memory. */
export interface CachedRun extends Pick<Run<unknown, unknown>, 'report' | 'end'> {
  /** Runs a step of all branches and combines them. */
  guided(inputs: Branches, step: number, scale: number): Promise<Float32Array>;
}

/** What a backend knows about its model. */
export interface ModelParts<Input, Feature extends object, Output> {
  readonly runner: BlockRunner<Input, Feature, Output>;
  readonly input: (input: ModelInput) => Input;
  /** Brings an output to main memory. It is not used afterwards. */
  readonly read: (output: Output) => Promise<Float32Array>;
  readonly embed: OpenModel['embed'];
  readonly compiling: () => number;
  readonly dispose: () => Promise<void>;
}

/** Closes a runner of any kind of feature up into one interface. */
export function openModel<Input, Feature extends object, Output>(
  parts: ModelParts<Input, Feature, Output>,
): OpenModel {
  const { runner, read, embed, compiling, dispose } = parts;
  const mapped = (inputs: Branches): Record<string, Input> =>
    Object.fromEntries(Object.entries(inputs).map(([branch, input]) => [branch, parts.input(input)]));
  return {
    offer: {
      name: runner.name,
      architecture: runner.architecture ?? '',
      stream: streamOf(runner.sites, runner.conditioning),
      model: runner.model !== undefined,
      operations: specialOperations.filter((operation) => runner.ops[operation] !== undefined),
    },
    embed,
    start(policy, options) {
      const run = refrain(runner, policy).start(options);
      return {
        guided: async (inputs, step, scale) => read(await run.guided(mapped(inputs), { step, scale })),
        report: () => run.report(),
        end: () => run.end(),
      };
    },
    plain: async (inputs, at, scale) => read(await plainPass(runner, mapped(inputs), at, scale)),
    compiling,
    dispose,
  };
}
