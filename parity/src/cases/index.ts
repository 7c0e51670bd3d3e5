import type { CaseKind } from '../kind.ts';
import { bwcacheCases } from './bwcache.ts';
import { pabVideosysCases } from './pab-videosys.ts';
import { teacacheFluxCases } from './teacache-flux.ts';

/** All kinds of cases, in the order in which a case that could be several is run. */
export const kinds: readonly CaseKind[] = [bwcacheCases, teacacheFluxCases, pabVideosysCases];
