import { always, bwcache, easycache, fbcache, fixed, fora, magcache, teacache } from '@refrain/core';
import { emitBwcache } from './bwcache.ts';
import { emitByTable } from './by-table.ts';
import { emitEasycache } from './easycache.ts';
import { emitFbcache } from './fbcache.ts';
import type { RuleEmitter } from './rule.ts';
import { emitTeacache } from './teacache.ts';

/** Who writes the rule of each policy that can be compiled, by the policy's name. */
export const rules: ReadonlyMap<string, RuleEmitter> = new Map([
  [fbcache.policyName, emitFbcache],
  [bwcache.policyName, emitBwcache],
  [teacache.policyName, emitTeacache],
  [easycache.policyName, emitEasycache],
  [magcache.policyName, emitByTable],
  [fora.policyName, emitByTable],
  [fixed.policyName, emitByTable],
  [always.policyName, emitByTable],
]);
