import type { CaseKind } from '../kind.ts';
import { bwcacheCases } from './bwcache.ts';
import { dmdCalibratorCases, focaCalibratorCases, taylorCalibratorCases } from './calibrators.ts';
import { dbcacheCases } from './dbcache.ts';
import { dbpruneCases } from './dbprune.ts';
import { easycacheHunyuanCases, easycacheWanCases } from './easycache.ts';
import { diffusersFbcacheCases, paraattentionCases } from './fbcache.ts';
import { diffusersMagcacheCases, magcacheFluxCases, magcacheWanCases } from './magcache.ts';
import { diffusersPabCases, videosysPabCases } from './pab.ts';
import { smoothcacheCases } from './smoothcache.ts';
import { stepMaskCases } from './step-mask.ts';
import { diffusersTaylorseerCases, taylorseerCases } from './taylorseer.ts';
import { teacacheFluxCases } from './teacache-flux.ts';
import { teacacheWanCases } from './teacache-wan.ts';
import { tgateCases } from './tgate.ts';
import { xditFbcacheCases, xditTeacacheCases } from './xdit.ts';

/** All kinds of cases, in the order in which a case that could be several is run. */
export const kinds: readonly CaseKind[] = [
  bwcacheCases,
  dbcacheCases,
  dbpruneCases,
  stepMaskCases,
  taylorCalibratorCases,
  focaCalibratorCases,
  dmdCalibratorCases,
  paraattentionCases,
  diffusersFbcacheCases,
  diffusersMagcacheCases,
  diffusersTaylorseerCases,
  diffusersPabCases,
  teacacheFluxCases,
  teacacheWanCases,
  magcacheFluxCases,
  magcacheWanCases,
  easycacheHunyuanCases,
  easycacheWanCases,
  tgateCases,
  taylorseerCases,
  smoothcacheCases,
  videosysPabCases,
  xditTeacacheCases,
  xditFbcacheCases,
];
