import type { StepCount } from '../options.ts';
import type { Published } from '../published.ts';

/** When and how FasterCache derives the unconditional output, in steps from 0. */
export interface GuidanceConstants {
  /** The first step whose unconditional output may be derived. */
  readonly start: StepCount;
  /** From there on it is computed at every n-th step, counted from 1. */
  readonly interval: number;
  /** By how much the low frequencies of the difference grow at each derived step … */
  readonly lowWeight: number;
  /** … before this one. */
  readonly lowUntil: StepCount;
  /** By how much the high frequencies of the difference grow at each derived step … */
  readonly highWeight: number;
  /** … from this one on. */
  readonly highFrom: StepCount;
}

/** When and how FasterCache extrapolates attention outputs, in steps from 0. */
export interface AttentionConstants {
  /** The first step that may reuse. */
  readonly start: StepCount;
  /** From there on attention is computed at every n-th step … */
  readonly interval: number;
  /** … namely where the step, counted from 1, leaves this remainder. */
  readonly offset: number;
  /** w in v₁ + w · (v₁ − v₂); 0 reuses the newest output as it is. */
  readonly weight: number;
  /** Over how many steps from the start on w grows from 0 to the weight, and beyond; 0: it is constant. */
  readonly ramp: number;
  /**
   * What the attention of a step with guidance does when the newest outputs are the conditional branch's alone:
   * `compute` in both branches, or `borrow` them for the unconditional branch.
   */
  readonly stale: 'compute' | 'borrow';
}

/** FasterCache's constants for one model. */
export interface FasterCacheModel extends Published {
  /** The number of steps that they are made for. */
  readonly steps: number;
  readonly guidance: GuidanceConstants;
  readonly attention: AttentionConstants;
}

const source = 'Vchitect/FasterCache 02d05ef';

const models: Readonly<Record<FasterCacheModelName, FasterCacheModel>> = {
  'open-sora-1.2': {
    architecture: 'open-sora-1.2',
    source,
    steps: 30,
    guidance: { start: 11, interval: 5, lowWeight: 1.15, lowUntil: 25, highWeight: 1.15, highFrom: 19 },
    attention: { start: 7, interval: 2, offset: 1, weight: 0.9, ramp: 20, stale: 'borrow' },
  },
  latte: {
    architecture: 'latte',
    source,
    steps: 50,
    guidance: { start: 17, interval: 5, lowWeight: 1.1, lowUntil: 44, highWeight: 1.1, highFrom: 44 },
    attention: { start: 15, interval: 2, offset: 1, weight: 0.5, ramp: 0, stale: 'compute' },
  },
  cogvideox: {
    architecture: 'cogvideox',
    source,
    steps: 50,
    guidance: { start: 17, interval: 5, lowWeight: 1.1, lowUntil: 40, highWeight: 1.1, highFrom: 29 },
    attention: { start: 17, interval: 3, offset: 0, weight: 0.3, ramp: 0, stale: 'compute' },
  },
  'open-sora-plan': {
    architecture: 'open-sora-plan',
    source,
    steps: 150,
    guidance: { start: 39, interval: 6, lowWeight: 1.1, lowUntil: 130, highWeight: 1.2, highFrom: 130 },
    attention: { start: 44, interval: 3, offset: 0, weight: 0.3, ramp: 0, stale: 'compute' },
  },
  vchitect: {
    architecture: 'vchitect',
    source,
    steps: 100,
    guidance: { start: 30, interval: 5, lowWeight: 1.1, lowUntil: 79, highWeight: 1.1, highFrom: 60 },
    attention: { start: 30, interval: 2, offset: 1, weight: 0, ramp: 0, stale: 'compute' },
  },
};

/** Name of a model whose constants are known. */
export type FasterCacheModelName = 'open-sora-1.2' | 'latte' | 'cogvideox' | 'open-sora-plan' | 'vchitect';

/** The names of the known models. */
export const fastercacheModelNames: readonly FasterCacheModelName[] = Object.keys(
  models,
) as FasterCacheModelName[];

/**
 * FasterCache's constants by model (Vchitect/FasterCache, commit 02d05ef). The source counts steps from 1, these count
 * from 0. Where its scripts for Latte and Open-Sora-Plan weight high frequencies only if they do not weight low ones
 * (`elif`), `highFrom` is the first step at which they do. Vchitect's weights are the paper's.
 */
export const fastercacheModels: Readonly<Record<FasterCacheModelName, FasterCacheModel>> = models;

/**
 * For other models, in shares of the steps: the published windows lie close together. Weights are the paper's.
 */
export const GENERAL_FASTERCACHE: Pick<FasterCacheModel, 'guidance' | 'attention'> = {
  guidance: {
    start: '34%',
    interval: 5,
    lowWeight: 1.1,
    lowUntil: '80%',
    highWeight: 1.1,
    highFrom: '60%',
  },
  attention: { start: '30%', interval: 2, offset: 1, weight: 0.5, ramp: 0, stale: 'compute' },
};
