import type { SyntheticOptions } from './options.ts';

/** A published model whose course of change a synthetic DiT follows. */
export interface SyntheticPreset {
  /** What is followed, and where it is published. */
  readonly about: string;
  readonly options: SyntheticOptions;
  /**
   * Steps at which BWCache's released rule with δ = 0.15 and R = 10 % is to trigger, from and up to: they follow from the published
   * speed-ups, with and without 10 % for the indicator.
   */
  readonly trigger: readonly [number, number];
}

/** Names of the presets. */
export type SyntheticPresetName = 'open-sora-1.2' | 'latte' | 'wan-2.1' | 'hunyuan-video' | 'open-sora-plan';

/**
 * Options that give a synthetic DiT the sampler, the number of steps and blocks, and the course of change of a published video
 * model: a U of relative change over the steps, as deep and as late as the speed-up that BWCache publishes implies. What the
 * models compute is not imitated, nor is their guidance (set `guidance` for that).
 *
 * @remarks Steps, samplers, the U and the oscillation of Open-Sora-Plan: BWCache (arXiv 2509.13789, figures 4 and 5, section 3.2).
 *
 * @example
 * ```ts
 * const dit = syntheticDit({ ...syntheticPresets.latte.options, seed: 3, motion: 'fast' });
 * ```
 */
export const syntheticPresets: Readonly<Record<SyntheticPresetName, SyntheticPreset>> = {
  'open-sora-1.2': {
    about: 'Open-Sora 1.2, 51 frames 480P: 30 flow-matching steps, U; 1.61× published for BWCache',
    options: {
      steps: 30,
      schedule: 'flow',
      blocks: 28,
      modules: ['spatial-attention', 'temporal-attention', 'mlp'],
      shape: 'u',
      settle: 0.155,
    },
    trigger: [8, 10],
  },
  latte: {
    about: 'Latte, 16 frames 512×512: 50 DDIM steps, U; 1.90× published for BWCache',
    options: {
      steps: 50,
      schedule: 'linear',
      blocks: 28,
      modules: ['spatial-attention', 'temporal-attention', 'mlp'],
      shape: 'u',
      settle: 0.15,
    },
    trigger: [12, 14],
  },
  'wan-2.1': {
    about: 'Wan 2.1, 81 frames 480P: 50 steps of shifted flow matching, U; 2.00× published for BWCache',
    options: {
      steps: 50,
      schedule: 'shifted-flow',
      shift: 3,
      blocks: 40,
      modules: ['self-attention', 'cross-attention', 'mlp'],
      shape: 'u',
      settle: 0.13,
    },
    trigger: [11, 13],
  },
  'hunyuan-video': {
    about: 'HunyuanVideo, 129 frames 544P: 50 steps of shifted flow matching, U; 2.60× published for BWCache',
    options: {
      steps: 50,
      schedule: 'shifted-flow',
      shift: 7,
      blocks: 60,
      modules: ['self-attention', 'mlp'],
      shape: 'u',
      settle: 0.076,
    },
    trigger: [7, 8],
  },
  'open-sora-plan': {
    about:
      'Open-Sora-Plan 1.1, 65 frames 512×512: 150 PNDM steps, oscillating early; 2.24× published for BWCache',
    options: {
      steps: 150,
      schedule: 'linear',
      blocks: 28,
      modules: ['spatial-attention', 'temporal-attention', 'mlp'],
      shape: 'oscillating',
      early: 0.7,
      settle: 0.18,
      noise: 0.003,
    },
    trigger: [36, 41],
  },
};
