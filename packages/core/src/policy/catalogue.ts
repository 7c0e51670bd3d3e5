import { fastercache } from './attention/fastercache.ts';
import { pab } from './attention/pab.ts';
import { smoothcacheCalibration } from './attention/smoothcache-calibration.ts';
import { smoothcache } from './attention/smoothcache.ts';
import { tgate } from './attention/tgate.ts';
import { always } from './baseline/always.ts';
import { fixed } from './baseline/fixed.ts';
import { never } from './baseline/never.ts';
import { recorded } from './baseline/recorded.ts';
import { watch } from './baseline/watch.ts';
import { bwcache } from './block/bwcache.ts';
import { dbcache } from './block/dbcache.ts';
import { dbprune } from './block/dbprune.ts';
import { deltaDit } from './block/delta-dit.ts';
import { dicache } from './block/dicache.ts';
import { fbcache } from './block/fbcache.ts';
import { both } from './combinators/both.ts';
import { budget } from './combinators/budget.ts';
import { either } from './combinators/either.ts';
import { firstOf } from './combinators/first-of.ts';
import { forecast } from './combinators/forecast.ts';
import { limit } from './combinators/limit.ts';
import { masked } from './combinators/masked.ts';
import { perBranch } from './combinators/per-branch.ts';
import { within } from './combinators/within.ts';
import type { AnyPolicyFactory } from './define.ts';
import { cfgcache } from './guidance/cfg-cache.ts';
import { adacache } from './step/adacache.ts';
import { easycache } from './step/easycache.ts';
import { fora } from './step/fora.ts';
import { magnitudes } from './step/magcache-calibration.ts';
import { magcache } from './step/magcache.ts';
import { taylorseer } from './step/taylorseer.ts';
import { teacache } from './step/teacache.ts';

/** All policies that an id can name, in the order in which help texts and tables show them. */
export const catalogue: readonly AnyPolicyFactory[] = [
  never,
  always,
  watch,
  fixed,
  recorded,
  bwcache,
  fbcache,
  dbcache,
  dbprune,
  dicache,
  deltaDit,
  fora,
  taylorseer,
  teacache,
  magcache,
  magnitudes,
  easycache,
  adacache,
  pab,
  tgate,
  smoothcache,
  smoothcacheCalibration,
  fastercache,
  cfgcache,
  firstOf,
  both,
  either,
  within,
  perBranch,
  limit,
  masked,
  forecast,
  budget,
];
