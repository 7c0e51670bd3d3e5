import { accounted } from './accounted.ts';
import { boundedAge } from './bounded-age.ts';
import { boundedMemory } from './bounded-memory.ts';
import { causal } from './causal.ts';
import { exactWhenOff } from './exact-when-off.ts';
import { failSafe } from './fail-safe.ts';
import { firstTrigger } from './first-trigger.ts';
import { isolated } from './isolated.ts';
import type { PolicyLaw } from './law.ts';
import { neverInert } from './never-inert.ts';
import { asksForWhatIsThere, nothingFromNothing } from './nothing-from-nothing.ts';
import { pure } from './pure.ts';
import { scaleFree } from './scale-free.ts';
import { shardFree } from './shard-free.ts';
import { windows } from './windows.ts';

/** The laws of policies, by their numbers. (Law 13, bounded drift, needs a runner with known constants: it is one of `runnerLaws`.) */
export const policyLawCatalogue: readonly PolicyLaw[] = [
  exactWhenOff,
  nothingFromNothing,
  asksForWhatIsThere,
  failSafe,
  boundedAge,
  windows,
  pure,
  causal,
  isolated,
  scaleFree,
  shardFree,
  firstTrigger,
  boundedMemory,
  accounted,
  neverInert,
];
