import type { HeatMap } from '@refrain/charts';
import type { RunReport, SpecialOperation, Stream } from '@refrain/core';

/** What a backend computes with. */
export type BackendId = 'webgpu' | 'webgl2' | 'webasm' | 'cpu' | 'onnx';

/** A backend, and whether it works in this browser. */
export interface BackendState {
  readonly id: BackendId;
  readonly name: string;
  /** One line about it. */
  readonly about: string;
  /** Why it cannot be used here; undefined when it can. */
  readonly reason?: string;
}

/** What an open model offers to policies: plain data, so that the page can tell which policies fit. */
export interface ModelOffer {
  readonly name: string;
  readonly architecture: string;
  readonly stream: Stream;
  readonly model: boolean;
  readonly operations: readonly SpecialOperation[];
}

/** One generation to run, plainly and cached. */
export interface Job {
  readonly backend: BackendId;
  readonly prompt: string;
  /** Id of the policy. */
  readonly policy: string;
  readonly steps: number;
  /** Timestep shift of the schedule. */
  readonly shift: number;
  /** Scale of classifier-free guidance; 1 leaves the unconditional branch out. */
  readonly guidance: number;
  readonly seed: number;
}

/** Where one of the two generations stands. */
export interface Progress {
  /** The latent, which is the video itself in this model: [channels, frames, height, width]. */
  readonly latent: Float32Array<ArrayBuffer>;
  /** Seconds so far, without compiling. */
  readonly seconds: number;
}

/** What a step gave. */
export interface StepNews {
  /** How many steps are finished. */
  readonly done: number;
  readonly plain: Progress;
  readonly cached: Progress;
  /** Of the cached run so far. */
  readonly report: RunReport;
  /** Of the plain run so far. */
  readonly heat: HeatMap;
  /** Closeness of both latents in decibels; null when they are identical. */
  readonly psnr: number | null;
  /** Structural similarity of both latents. */
  readonly ssim: number;
  /** Seconds that compiling took so far; no generation's time contains them. */
  readonly compiling: number;
}

/** An error as it travels from the worker. */
export interface Failure {
  /** The typed error's code, or `UNEXPECTED`. */
  readonly code: string;
  readonly message: string;
}

/** From the page to the worker. */
export type Request =
  | { readonly do: 'look' }
  | { readonly do: 'open'; readonly backend: BackendId }
  | { readonly do: 'generate'; readonly job: Job }
  | { readonly do: 'stop' };

/** From the worker to the page. */
export type News =
  | { readonly of: 'backends'; readonly backends: readonly BackendState[] }
  | { readonly of: 'opening'; readonly backend: BackendId }
  | { readonly of: 'opened'; readonly backend: BackendId; readonly offer: ModelOffer }
  | { readonly of: 'step'; readonly step: StepNews }
  | { readonly of: 'finished' }
  | { readonly of: 'stopped' }
  | { readonly of: 'failed'; readonly failure: Failure };
