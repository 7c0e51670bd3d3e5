import type { Published } from '../published.ts';

/** Ranges, window and MLP broadcast of Pyramid Attention Broadcast for one model. */
export interface PabModel extends Published {
  /** Spatial (or joint) self-attention is computed at every n-th step inside the window; 1 at every step. */
  readonly spatial: number;
  /** The same for temporal attention. */
  readonly temporal: number;
  /** The same for cross-attention. */
  readonly cross: number;
  /** Reuse only above this timestep (of 1000). */
  readonly low: number;
  /** Reuse only below this timestep. */
  readonly high: number;
  /** Whole timesteps at which the outputs of MLPs are kept for the steps after them; none: MLPs are always computed. */
  readonly mlpTimesteps: readonly number[];
  /** Blocks whose MLPs take part, counted within their family. */
  readonly mlpBlocks: readonly number[];
  /** For how many steps a kept output is broadcast. */
  readonly mlpSkip: number;
}

/** What most of VideoSys' configurations have in common. */
const usual = {
  spatial: 2,
  temporal: 4,
  cross: 6,
  mlpTimesteps: [],
  mlpBlocks: [],
  mlpSkip: 2,
  source: 'NUS-HPC-AI-Lab/VideoSys 4cce477',
} as const;

const models: Readonly<Record<PabModelName, PabModel>> = {
  'open-sora-1.2': {
    ...usual,
    architecture: 'open-sora-1.2',
    low: 450,
    high: 930,
    mlpTimesteps: [676, 788, 864],
    mlpBlocks: [0, 1, 2, 3, 4],
  },
  latte: {
    ...usual,
    architecture: 'latte',
    temporal: 3,
    low: 100,
    high: 800,
    mlpTimesteps: [720, 640, 560, 480, 400],
    mlpBlocks: [0, 1, 2, 3, 4],
  },
  'open-sora-plan-1.1': {
    ...usual,
    architecture: 'open-sora-plan-1.1',
    low: 100,
    high: 850,
    mlpTimesteps: Array.from({ length: 14 }, (_, index) => 738 - 24 * index),
    mlpBlocks: [0, 1, 2, 3, 4, 5, 6],
  },
  'open-sora-plan-1.2': { ...usual, architecture: 'open-sora-plan-1.2', temporal: 1, low: 100, high: 850 },
  cogvideox: { ...usual, architecture: 'cogvideox', temporal: 1, cross: 1, low: 100, high: 850 },
  vchitect: { ...usual, architecture: 'vchitect', low: 100, high: 800 },
};

/** Name of a model whose configuration is known. */
export type PabModelName =
  'open-sora-1.2' | 'latte' | 'open-sora-plan-1.1' | 'open-sora-plan-1.2' | 'cogvideox' | 'vchitect';

/** The names of the known models. */
export const pabModelNames: readonly PabModelName[] = Object.keys(models) as PabModelName[];

/**
 * Pyramid Attention Broadcast's configurations by model, as VideoSys has them (NUS-HPC-AI-Lab/VideoSys, commit 4cce477).
 * Their timesteps and windows are whole timesteps of 1000, and MLP outputs are kept only at timesteps that the sampler
 * hits: those of Open-Sora 1.2 belong to its own schedule of 30 steps.
 */
export const pabModels: Readonly<Record<PabModelName, PabModel>> = models;
