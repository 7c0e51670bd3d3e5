import type { DitBlock, DitModel } from './dit-model.ts';

/** Names of the models in {@link ditModels}. */
export type DitModelName =
  'open-sora-1.2' | 'latte' | 'wan-2.1-14b' | 'wan-2.1-1.3b' | 'hunyuan-video' | 'latte-mini';

const spatial: DitBlock = { family: 'spatial', crossAttention: true };
const temporal: DitBlock = { family: 'temporal', crossAttention: false };
const full: DitBlock = { family: 'full', crossAttention: true };
const joint: DitBlock = { family: 'joint', crossAttention: false };
const single: DitBlock = { family: 'single', crossAttention: false };

/** 81 frames of 832 × 480: the autoencoder makes 21 × 60 × 104 of them, patches of 1 × 2 × 2 make 30 × 52 a frame. */
const wan480 = { frames: 21, tokensPerFrame: 30 * 52, patch: { in: 64, out: 64 }, textTokens: 512 };
const wanRun = { steps: 50, passesPerStep: 2, batch: 1 };

/** Dimensions of published models at the settings of the published latencies, and of the embedded model. */
export const ditModels: Readonly<Record<DitModelName, DitModel>> = {
  'open-sora-1.2': {
    name: 'Open-Sora 1.2, 51 frames 480P',
    // 51 frames of 854 × 480: 15 latent frames (5 for each 17) of 60 × 106, patches of 1 × 2 × 2.
    frames: 15,
    tokensPerFrame: 30 * 53,
    width: 1152,
    heads: 16,
    mlpWidth: 4608,
    textTokens: 300,
    patch: { in: 16, out: 32 },
    stack: [{ repeat: 28, blocks: [spatial, { ...temporal, crossAttention: true }] }],
    steps: 30,
    passesPerStep: 1,
    batch: 2,
    source:
      'hpcaitech/Open-Sora, STDiT3-XL/2 and configs/opensora-v1-2/inference (30 steps, T5 of 300 tokens)',
  },
  latte: {
    name: 'Latte, 16 frames 512 × 512',
    frames: 16,
    tokensPerFrame: 32 * 32,
    width: 1152,
    heads: 16,
    mlpWidth: 4608,
    textTokens: 120,
    patch: { in: 16, out: 32 },
    stack: [{ repeat: 28, blocks: [spatial, temporal] }],
    steps: 50,
    passesPerStep: 1,
    batch: 2,
    source:
      'diffusers LatteTransformer3DModel and its pipeline (T5 of 120 tokens); 50 steps: TeaCache, table 1',
  },
  'wan-2.1-14b': {
    name: 'Wan 2.1 14B, 81 frames 480P',
    ...wan480,
    width: 5120,
    heads: 40,
    mlpWidth: 13824,
    stack: [{ repeat: 40, blocks: [full] }],
    ...wanRun,
    source: 'Wan-Video/Wan2.1, wan/configs/wan_t2v_14B.py; 50 steps: its default',
  },
  'wan-2.1-1.3b': {
    name: 'Wan 2.1 1.3B, 81 frames 480P',
    ...wan480,
    width: 1536,
    heads: 12,
    mlpWidth: 8960,
    stack: [{ repeat: 30, blocks: [full] }],
    ...wanRun,
    source: 'Wan-Video/Wan2.1, wan/configs/wan_t2v_1_3B.py; 50 steps: its default',
  },
  'hunyuan-video': {
    name: 'HunyuanVideo, 129 frames 544P',
    // 129 frames of 960 × 544: 33 latent frames of 68 × 120, patches of 1 × 2 × 2.
    frames: 33,
    tokensPerFrame: 34 * 60,
    width: 3072,
    heads: 24,
    mlpWidth: 12288,
    textTokens: 256,
    patch: { in: 64, out: 64 },
    stack: [
      { repeat: 20, blocks: [joint] },
      { repeat: 40, blocks: [single] },
    ],
    steps: 50,
    passesPerStep: 1,
    batch: 1,
    source: 'Tencent-Hunyuan/HunyuanVideo, HYVideo-T/2-cfgdistill (guidance is embedded: one pass a step)',
  },
  'latte-mini': {
    name: 'latte-mini, 8 frames 32 × 32',
    frames: 8,
    tokensPerFrame: 64,
    width: 128,
    heads: 4,
    mlpWidth: 512,
    textTokens: 8,
    patch: { in: 48, out: 48 },
    stack: [{ repeat: 6, blocks: [spatial, temporal] }],
    steps: 30,
    passesPerStep: 2,
    batch: 1,
    source: 'model card of @refrain/latte-mini',
  },
};
