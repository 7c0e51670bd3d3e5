import type { Tap } from '../indicator/indicator.ts';
import type { FeatureOps, MaybePromise } from './features.ts';
import type { SiteInfo } from './site.ts';

/** Where in a run a pass stands. Everything is an argument; nothing is inferred from counting calls. */
export interface PassInfo {
  /** Index of the denoising step, 0 … steps − 1, from noise to sample. */
  readonly step: number;
  /** Which call of the model within the step: 0, or 1 for the second call of a second-order sampler such as Heun's. */
  readonly call: number;
  /** Guidance branch, for example `conditional` or `unconditional`. */
  readonly branch: string;
  /** The sampler's timestep or sigma of this step, in the sampler's own unit. */
  readonly timestep: number;
  /** Aborts the run; long work inside a runner may look at it. */
  readonly signal?: AbortSignal;
  /**
   * Taps at position 0 that will be looked at before anything is computed. A runner that can have them in one go with
   * entering returns them as {@link Pass.looked}; others ignore this and are asked to look.
   */
  readonly look?: readonly TapRequest[];
}

/** A tap that a runner is asked to return as a feature. Residual taps never reach it: the executor subtracts. */
export type RunnerTap = Exclude<Tap, { of: 'residual' }>;

/** A tap to return, and the stride of the sketch that is enough. */
export interface TapRequest {
  readonly tap: RunnerTap;
  /** A runner with `sketches: true` returns only elements 0, stride, 2·stride, …; others return the whole feature. */
  readonly stride?: number;
}

/** A stretch of the stream to run. */
export interface SpanRequest<Feature> {
  /** Position where `x` stands. */
  readonly from: number;
  /** Position to stop at, above `from`. */
  readonly until: number;
  /** The stream at `from`. Must not be modified. */
  readonly x: Feature;
  /** Inner sites (by their `from`) whose value is given: apply it with the current gate, do not compute it. */
  readonly values: ReadonlyMap<number, Feature>;
  /**
   * Taps to return along, in this order: inside the stretch, and for runners with `sketches: true` sketches of the stream at
   * its ends too.
   */
  readonly taps: readonly TapRequest[];
  /**
   * Whether anybody looks at the whole stream at the ends of the stretch, besides handing it on: to cache it or to measure it.
   * A runner that knows a shorter way to the output may leave out what nobody looks at. Left out: both may be.
   */
  readonly ends?: { readonly from: boolean; readonly until: boolean };
}

/** What a stretch gave. All features are new and belong to the caller. */
export interface SpanResult<Feature> {
  /** The stream at `until`. */
  readonly x: Feature;
  /** One feature for each requested tap, in the order of the request. */
  readonly taps: readonly Feature[];
}

/** One pass of the model, from its input to its output. */
export interface Pass<Feature, Output> {
  /** The stream at position 0. It belongs to the caller from now on. */
  readonly x: Feature;
  /** The features for {@link PassInfo.look}, in its order. They belong to the caller. */
  readonly looked?: readonly Feature[];
  /** Runs a stretch of the stream. */
  span(request: SpanRequest<Feature>): MaybePromise<SpanResult<Feature>>;
  /** Returns `modulated` or `conditioning` taps without computing further. Needed if the runner declares any. */
  look?(at: number, x: Feature, taps: readonly TapRequest[]): MaybePromise<readonly Feature[]>;
  /** Final norm and projection, with the current timestep. `x` stands at the end of the stream. */
  exit(x: Feature): MaybePromise<Output>;
  /** Frees what the pass itself holds (conditioning). Called exactly once, also after an error. */
  release?(): void;
}

/**
 * The whole model as one site: how its input and output look as features. Policies that skip whole passes (EasyCache,
 * guidance reuse) need it, and so does {@link Run.guided}.
 */
export interface ModelSite<Input, Feature, Output> {
  /** The latent in the input, as a new feature. With the shape of the output, residuals can be cached. */
  sample(input: Input): MaybePromise<Feature>;
  /** The output as a new feature. */
  feature(output: Output): MaybePromise<Feature>;
  /** An output made from a feature; it must not share memory with it. */
  output(feature: Feature): MaybePromise<Output>;
}

/**
 * What an adapter, or a user with an own model, implements. Everything that a runner cannot do the executor does the
 * plain way.
 *
 * @typeParam Input - whatever `run.step` is given: latent, timestep, prompt embedding
 * @typeParam Feature - the tensor handle that flows through the blocks
 * @typeParam Output - what the model returns
 */
export interface BlockRunner<Input, Feature extends object, Output> {
  /** Shown in reports and errors. */
  readonly name: string;
  /** Blocks, and inner sites where the runner can act inside a block. */
  readonly sites: readonly SiteInfo[];
  /** Names of conditioning tensors that can be tapped. */
  readonly conditioning?: readonly string[];
  /** The whole model as one site, where input and output are (or hold) tensors. */
  readonly model?: ModelSite<Input, Feature, Output>;
  /** The architecture, as policies with constants for certain models name it: `flux`, `latte`, `wan-2.1-1.3b`, … */
  readonly architecture?: string;
  /** True if requested sketches are taken by the runner itself, so that only the sample travels. */
  readonly sketches?: boolean;
  /** Arithmetic on its features. */
  readonly ops: FeatureOps<Feature>;
  /** Starts a pass: patchify, embed, condition. */
  enter(input: Input, at: PassInfo): MaybePromise<Pass<Feature, Output>>;
  /** Frees sessions, devices, workers. */
  dispose?(): MaybePromise<void>;
}
