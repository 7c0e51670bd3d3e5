import { pab } from './attention/pab.ts';
import { tgate } from './attention/tgate.ts';
import { always } from './baseline/always.ts';
import { fixed } from './baseline/fixed.ts';
import { never } from './baseline/never.ts';
import { recorded } from './baseline/recorded.ts';
import { watch } from './baseline/watch.ts';
import { bwcache } from './block/bwcache.ts';
import type { AnyPolicyFactory } from './define.ts';
import { fora } from './step/fora.ts';
import { teacache } from './step/teacache.ts';

/** All policies that an id can name, in the order in which help texts and tables show them. */
export const catalogue: readonly AnyPolicyFactory[] = [
  never,
  always,
  watch,
  fixed,
  recorded,
  bwcache,
  fora,
  teacache,
  pab,
  tgate,
];
