/** Latency of a model with a caching method, as published. */
export interface PublishedCaching {
  readonly method: string;
  /** Seconds of a generation; left out where only the speed-up is published. */
  readonly seconds?: number;
  /** Against the plain model, as the source rounds it. */
  readonly speedup: number;
  readonly source: string;
}

/** Latencies of one model at one setting, one video on one device. */
export interface PublishedLatency {
  readonly setting: string;
  readonly device: string;
  /** Denoising steps. */
  readonly steps: number;
  /** Seconds of a generation without caching. */
  readonly plain: number;
  readonly cached: readonly PublishedCaching[];
  /** Where `plain` and `steps` are from. */
  readonly source: string;
}

/** Names of {@link publishedLatencies}. */
export type PublishedName =
  'open-sora-1.2' | 'open-sora-plan-1.1' | 'latte' | 'wan-2.1-14b' | 'wan-2.1-1.3b' | 'hunyuan-video';

const device = 'A800 80GB';
const bwcache = 'BWCache (arXiv 2509.13789 v3), table 1';
const teacache = 'TeaCache (arXiv 2411.19108), table 1';
const bwcachePaper = (seconds: number, speedup: number): PublishedCaching => ({
  method: 'BWCache',
  seconds,
  speedup,
  source: bwcache,
});
const teacachePaper = (method: string, seconds: number, speedup: number): PublishedCaching => ({
  method,
  seconds,
  speedup,
  source: teacache,
});

/**
 * Published latencies with and without caching. Figures of BWCache's tables are as public notes and reviews quote them; its
 * pages themselves were not read. Steps of Wan 2.1 and HunyuanVideo are the models' defaults: the paper does not seem to state them.
 */
export const publishedLatencies: Readonly<Record<PublishedName, PublishedLatency>> = {
  'open-sora-1.2': {
    setting: 'Open-Sora 1.2, 51 frames 480P',
    device,
    steps: 30,
    plain: 44.56,
    cached: [
      bwcachePaper(27.68, 1.61),
      { method: 'TeaCache', seconds: 29.64, speedup: 1.5, source: bwcache },
      { method: 'FasterCache', seconds: 32.03, speedup: 1.35, source: bwcache },
      teacachePaper('TeaCache-slow', 28.78, 1.55),
      teacachePaper('TeaCache-fast', 19.84, 2.25),
    ],
    source: `${bwcache}; ${teacache}`,
  },
  'open-sora-plan-1.1': {
    setting: 'Open-Sora-Plan 1.1, 65 frames 512 × 512',
    device,
    steps: 150,
    plain: 99.65,
    cached: [
      { method: 'BWCache', speedup: 2.24, source: bwcache },
      teacachePaper('TeaCache-slow', 22.62, 4.41),
      teacachePaper('TeaCache-fast', 14.6, 6.83),
    ],
    source: teacache,
  },
  latte: {
    setting: 'Latte, 16 frames 512 × 512',
    device,
    steps: 50,
    plain: 26.9,
    cached: [
      bwcachePaper(14.16, 1.9),
      teacachePaper('TeaCache-slow', 14.46, 1.86),
      teacachePaper('TeaCache-fast', 8.2, 3.28),
    ],
    source: teacache,
  },
  'wan-2.1-14b': {
    setting: 'Wan 2.1 (14B by its latency), 81 frames 480P',
    device,
    steps: 50,
    plain: 912,
    cached: [bwcachePaper(457, 2), { method: 'TeaCache', seconds: 644, speedup: 1.41, source: bwcache }],
    source: bwcache,
  },
  'wan-2.1-1.3b': {
    setting: 'Wan 2.1 1.3B, 81 frames 480P',
    device,
    steps: 50,
    plain: 175.35,
    cached: [
      { method: 'TeaCache', speedup: 2, source: 'README of EasyCache' },
      { method: 'EasyCache', speedup: 2.54, source: 'README of EasyCache' },
    ],
    source: 'README of EasyCache',
  },
  'hunyuan-video': {
    setting: 'HunyuanVideo, 129 frames 544P',
    device,
    steps: 50,
    plain: 1122,
    cached: [bwcachePaper(433, 2.6), { method: 'TeaCache', seconds: 493, speedup: 2.27, source: bwcache }],
    source: bwcache,
  },
};
