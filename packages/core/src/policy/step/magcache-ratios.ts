import type { Published } from '../published.ts';
import { FLUX, FLUX_KONTEXT, FLUX_SCHNELL } from './magcache-ratios-flux.ts';
import { FRAMEPACK_F1, HUNYUAN_544P, HUNYUAN_720P } from './magcache-ratios-hunyuan.ts';
import { LATTE_MINI } from './magcache-ratios-latte-mini.ts';
import { OPEN_SORA } from './magcache-ratios-open-sora.ts';
import { QWEN_IMAGE, QWEN_IMAGE_EDIT } from './magcache-ratios-qwen.ts';
import {
  WAN_I2V_480P,
  WAN_I2V_720P,
  WAN_T2V_14B,
  WAN_T2V_1_3B,
  WAN_VACE_1_3B,
} from './magcache-ratios-wan.ts';
import type { MagCacheVariant } from './magcache-variants.ts';

/** Magnitude ratios that somebody measured on a model. */
export interface MagCacheModel extends Published {
  /** For each branch, in the order of the run's branches, one ratio a step; a single list serves all branches. */
  readonly ratios: readonly (readonly number[])[];
  /** The rule of the model's own script. */
  readonly variant: MagCacheVariant;
}

/** A set of the authors of MagCache, at the commit at which its script was read. */
function authors(
  architecture: string,
  commit: string,
  variant: MagCacheVariant,
  ratios: MagCacheModel['ratios'],
): MagCacheModel {
  return { architecture, source: `Zehong-Ma/MagCache ${commit}`, variant, ratios };
}

/**
 * Published ratios by name. Lists start with 1 for the first step, which nothing precedes. Where the script has no
 * guidance branches, or calls the model once for both, one list serves all.
 */
const sets: Readonly<Record<MagCacheModelName, MagCacheModel>> = {
  flux: authors('flux', 'df81cb1', 'flux', [FLUX]),
  'flux-kontext': authors('flux', '08b50bd', 'flux', [FLUX_KONTEXT]),
  'flux-schnell': authors('flux', '8a2fcbf', 'flux', [FLUX_SCHNELL]),
  'hunyuan-video-720p': authors('hunyuan-video', '8715292', 'hunyuan', [HUNYUAN_720P]),
  'hunyuan-video-544p': authors('hunyuan-video', '8715292', 'hunyuan', [HUNYUAN_544P]),
  'framepack-f1': authors('framepack', 'e14a899', 'framepack', [FRAMEPACK_F1]),
  'open-sora-1.2': authors('open-sora-1.2', '20ce9eb', 'hunyuan', [OPEN_SORA]),
  'qwen-image': authors('qwen-image', '566c3a1', 'wan', [QWEN_IMAGE, QWEN_IMAGE]),
  'qwen-image-edit': authors('qwen-image', '566c3a1', 'wan', QWEN_IMAGE_EDIT),
  'wan-2.1-t2v-1.3b': authors('wan-2.1-1.3b', 'e1862e0', 'wan', WAN_T2V_1_3B),
  'wan-2.1-t2v-14b': authors('wan-2.1-14b', 'e1862e0', 'wan', WAN_T2V_14B),
  'wan-2.1-i2v-480p': authors('wan-2.1-14b', 'e1862e0', 'wan', WAN_I2V_480P),
  'wan-2.1-i2v-720p': authors('wan-2.1-14b', 'e1862e0', 'wan', WAN_I2V_720P),
  'wan-2.1-vace-1.3b': authors('wan-2.1-vace-1.3b', 'e1862e0', 'wan', WAN_VACE_1_3B),
  'wan-2.1-vace-14b': authors('wan-2.1-vace-14b', 'e1862e0', 'wan', WAN_T2V_14B),
  'latte-mini': {
    architecture: 'latte-mini',
    source: 'measured by `refrain calibrate magcache` on @refrain/latte-mini, 30 steps, shift 3, guidance 3',
    variant: 'wan',
    ratios: LATTE_MINI,
  },
};

/** The name of published magnitude ratios. */
export type MagCacheModelName =
  | 'flux'
  | 'flux-kontext'
  | 'flux-schnell'
  | 'hunyuan-video-720p'
  | 'hunyuan-video-544p'
  | 'framepack-f1'
  | 'open-sora-1.2'
  | 'qwen-image'
  | 'qwen-image-edit'
  | 'wan-2.1-t2v-1.3b'
  | 'wan-2.1-t2v-14b'
  | 'wan-2.1-i2v-480p'
  | 'wan-2.1-i2v-720p'
  | 'wan-2.1-vace-1.3b'
  | 'wan-2.1-vace-14b'
  | 'latte-mini';

/** Published magnitude ratios by name. */
export const magcacheModels: Readonly<Record<MagCacheModelName, MagCacheModel>> = sets;

/** Their names, in the order in which help texts show them. */
export const magcacheModelNames: readonly MagCacheModelName[] = Object.keys(sets) as MagCacheModelName[];
