import type { StepCount } from '../options.ts';
import type { Published } from '../published.ts';

/**
 * What TeaCache compares from step to step:
 * - `modulated`: the modulated input of block 0;
 * - `timestep-embedding`: the conditioning of that name (Wan's `e`, the `emb` of CogVideoX);
 * - `timestep-projection`: the conditioning of that name, the embedding projected to the six modulation vectors (Wan's `e0`).
 */
export type TeaCacheSignal = 'modulated' | 'timestep-embedding' | 'timestep-projection';

/** What TeaCache's authors (or others) published for a model. */
export interface TeaCacheModel extends Published {
  /** The rescaling polynomial, highest power first. */
  readonly coefficients: readonly number[];
  /** What the polynomial was fitted to. */
  readonly signal: TeaCacheSignal;
  /** Steps that the model's script computes at the start: a count, or a share, rounded up. */
  readonly warmUp: StepCount;
  /** Steps that it computes at the end. */
  readonly tail: number;
  /** Thresholds that its page recommends, or the ends of their range. */
  readonly thresholds: readonly number[];
}

type Constants = Pick<TeaCacheModel, 'architecture' | 'coefficients' | 'thresholds'> & Partial<TeaCacheModel>;

/** A set of ali-vilab/TeaCache, with the windows that most of its scripts have. */
function set(constants: Constants): TeaCacheModel {
  const usual = { signal: 'modulated', warmUp: 1, tail: 1, source: 'ali-vilab/TeaCache 7c10efc' } as const;
  return { ...usual, ...constants };
}

/** Sets for Wan without `use_ret_steps` see the timestep embedding and compute the first and the last step. */
function wan(
  architecture: string,
  thresholds: readonly number[],
  coefficients: readonly number[],
): TeaCacheModel {
  return set({ architecture, thresholds, coefficients, signal: 'timestep-embedding' });
}

/** Sets for Wan with `use_ret_steps` see its projection, and compute five steps at the start and none at the end. */
function retained(
  architecture: string,
  thresholds: readonly number[],
  coefficients: readonly number[],
): TeaCacheModel {
  return set({ architecture, thresholds, coefficients, signal: 'timestep-projection', warmUp: 5, tail: 0 });
}

/** A set for CogVideoX, whose signal is the timestep embedding. */
const cogVideoX = wan;

const FLUX = [498.651651, -283.781631, 55.8554382, -3.82021401, 0.264230861];
const LUMINA = [393.76566581, -603.50993606, 209.10239044, -23.00726601, 0.86377344];
const COGVIDEOX_5B = [-1538.80483, 843.202495, -134.363087, 7.97131516, -0.0523162339];

/**
 * Published sets by name. All but the last are those of the scripts in ali-vilab/TeaCache, commit 7c10efc; Wan's with
 * `-ret` are for `use_ret_steps`. The set for Qwen-Image was made by hand for vllm-omni's variant (commit be81443c).
 */
const sets: Readonly<Record<TeaCacheModelName, TeaCacheModel>> = {
  flux: set({ architecture: 'flux', thresholds: [0.25, 0.4, 0.6, 0.8], coefficients: FLUX }),
  tangoflux: set({ architecture: 'tangoflux', thresholds: [0.25, 0.4], coefficients: FLUX }),
  'hunyuan-video': set({
    architecture: 'hunyuan-video',
    thresholds: [0.1, 0.15],
    coefficients: [733.226126, -401.131952, 67.5869174, -3.149878, 0.0961237896],
  }),
  mochi: set({
    architecture: 'mochi',
    thresholds: [0.06, 0.09],
    coefficients: [-3512.41319, 811.675948, -60.9400215, 2.42429681, 0.00305291719],
  }),
  'ltx-video': set({
    architecture: 'ltx-video',
    thresholds: [0.03, 0.05],
    coefficients: [21.4700694, -12.8016453, 2.31279151, 0.792487521, 0.00969274326],
  }),
  'lumina-t2x': set({ architecture: 'lumina-t2x', thresholds: [0.2, 0.5], coefficients: LUMINA }),
  'lumina-2-v1': set({ architecture: 'lumina-2', thresholds: [0.2, 0.5], coefficients: LUMINA }),
  'lumina-2-v2': set({
    architecture: 'lumina-2',
    thresholds: [0.2, 1.1],
    coefficients: [
      225.7042019806413, -608.8453716535591, 304.1869942338369, 124.21267720116742, -1.4089066892956552,
    ],
  }),
  'hidream-i1': set({
    architecture: 'hidream-i1',
    thresholds: [0.17, 0.25, 0.3, 0.45],
    coefficients: [-31360.5009, -712.425503, 49.1363285, 8.2651549, 0.108053901],
    signal: 'timestep-embedding',
    warmUp: '10%',
    tail: 0,
  }),
  cosmos: set({
    architecture: 'cosmos',
    thresholds: [0.3, 0.4],
    coefficients: [271.156237, -91.9775607, 2.2443725, 2.08355751, 0.14177633],
  }),
  'cogvideox-2b': cogVideoX(
    'cogvideox-2b',
    [0.1, 0.2],
    [-31.0658903, 25.4732368, -5.92380459, 1.75769064, -0.00361568434],
  ),
  'cogvideox-5b': cogVideoX('cogvideox-5b', [0.1, 0.15, 0.2], COGVIDEOX_5B),
  'cogvideox-5b-i2v': cogVideoX('cogvideox-5b-i2v', [0.1, 0.15, 0.2], COGVIDEOX_5B),
  consisid: cogVideoX('consisid', [0.1, 0.15, 0.2], COGVIDEOX_5B),
  'cogvideox-1.5-5b': cogVideoX(
    'cogvideox-1.5-5b',
    [0.1, 0.2, 0.3],
    [250.210439, -165.061612, 35.7804877, -0.781551492, 0.0358559703],
  ),
  'cogvideox-1.5-5b-i2v': cogVideoX(
    'cogvideox-1.5-5b-i2v',
    [0.1, 0.2, 0.3],
    [122.842302, -104.088754, 26.2981677, -0.306009921, 0.037121322],
  ),
  'open-sora-1.2': set({
    architecture: 'open-sora-1.2',
    thresholds: [0.1, 0.2],
    coefficients: [217.546007, -118.329252, 26.8662585, -0.0459364272, 0.048442624],
  }),
  latte: set({
    architecture: 'latte',
    thresholds: [0.1, 0.2],
    coefficients: [-2464.34137, 308.044764, 80.7447667, -4.11385132, 0.111001402],
  }),
  'open-sora-plan': set({
    architecture: 'open-sora-plan',
    thresholds: [0.1, 0.2],
    coefficients: [205943.668, -14875.9286, 306.085986, 1.3141808, 0.00239658469],
  }),
  'wan-2.1-t2v-1.3b': wan(
    'wan-2.1-1.3b',
    [0.05, 0.07, 0.08],
    [2396.76752, -1311.10545, 201.331979, -8.29855975, 0.137887774],
  ),
  'wan-2.1-t2v-14b': wan(
    'wan-2.1-14b',
    [0.14, 0.15, 0.2],
    [-5784.54975374, 5449.50911966, -1811.16591783, 256.27178429, -13.02252404],
  ),
  'wan-2.1-i2v-480p': wan(
    'wan-2.1-14b',
    [0.13, 0.19, 0.26],
    [-302.33167, 223.948934, -52.546397, 5.8734844, -0.201973289],
  ),
  'wan-2.1-i2v-720p': wan(
    'wan-2.1-14b',
    [0.18, 0.2, 0.3],
    [-114.36346466, 65.26524496, -18.82220707, 4.91518089, -0.23412683],
  ),
  'wan-2.1-t2v-1.3b-ret': retained(
    'wan-2.1-1.3b',
    [0.05, 0.1],
    [-52186.2437, 9230.41404, -528.275948, 13.6987616, -0.0499875664],
  ),
  'wan-2.1-t2v-14b-ret': retained(
    'wan-2.1-14b',
    [0.1, 0.2],
    [-303318.725, 49053.7029, -2655.30556, 58.7365115, -0.315583525],
  ),
  'wan-2.1-i2v-480p-ret': retained(
    'wan-2.1-14b',
    [0.2, 0.3],
    [257151.496, -35422.9917, 1402.86849, -13.5890334, 0.132517977],
  ),
  'wan-2.1-i2v-720p-ret': retained(
    'wan-2.1-14b',
    [0.2, 0.3],
    [8107.0546, 2133.93892, -372.934672, 16.6203073, -0.0417769401],
  ),
  'qwen-image': set({
    architecture: 'qwen-image',
    thresholds: [0.2],
    coefficients: [-450, 280, -45, 3.2, -0.02],
    source: 'vllm-project/vllm-omni be81443c',
  }),
};

/** The name of a published set of coefficients. */
export type TeaCacheModelName =
  | 'flux'
  | 'tangoflux'
  | 'hunyuan-video'
  | 'mochi'
  | 'ltx-video'
  | 'lumina-t2x'
  | 'lumina-2-v1'
  | 'lumina-2-v2'
  | 'hidream-i1'
  | 'cosmos'
  | 'cogvideox-2b'
  | 'cogvideox-5b'
  | 'cogvideox-5b-i2v'
  | 'consisid'
  | 'cogvideox-1.5-5b'
  | 'cogvideox-1.5-5b-i2v'
  | 'open-sora-1.2'
  | 'latte'
  | 'open-sora-plan'
  | 'wan-2.1-t2v-1.3b'
  | 'wan-2.1-t2v-14b'
  | 'wan-2.1-i2v-480p'
  | 'wan-2.1-i2v-720p'
  | 'wan-2.1-t2v-1.3b-ret'
  | 'wan-2.1-t2v-14b-ret'
  | 'wan-2.1-i2v-480p-ret'
  | 'wan-2.1-i2v-720p-ret'
  | 'qwen-image';

/** Published sets of coefficients by name, with what they were fitted to and the windows of the script that uses them. */
export const teacacheModels: Readonly<Record<TeaCacheModelName, TeaCacheModel>> = sets;

/** Their names, in the order in which help texts show them. */
export const teacacheModelNames: readonly TeaCacheModelName[] = Object.keys(sets) as TeaCacheModelName[];
