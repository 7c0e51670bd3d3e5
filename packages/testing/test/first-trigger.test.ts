import {
  bwcache,
  dbcache,
  dbprune,
  dicache,
  easycache,
  fbcache,
  magcache,
  teacache,
  type Policy,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { policyLaws } from '../src/index.ts';
import { fuzz } from './seed.ts';

const claims: readonly (readonly [string, (threshold: number) => Policy])[] = [
  ['bwcache', (threshold) => bwcache({ threshold })],
  ['bwcache, sketched', (threshold) => bwcache({ threshold, stride: 2, blocks: '50%' })],
  ['bwcache, fixed tail', (threshold) => bwcache({ threshold, interval: 2, tail: 2 })],
  ['bwcache, paper', (threshold) => bwcache({ threshold, form: 'paper' })],
  ['bwcache, by blocks', (threshold) => bwcache({ threshold, select: 'blocks' })],
  ['bwcache, in a window', (threshold) => bwcache({ threshold, rearm: 'yes', low: 200, high: 700 })],
  ['teacache', (threshold) => teacache({ threshold })],
  ['teacache, monotone', (threshold) => teacache({ threshold, coefficients: [3, 2, 1, 0.01] })],
  ['teacache, in float32', (threshold) => teacache({ threshold, variant: 'xdit' })],
  ['fbcache', (threshold) => fbcache({ threshold })],
  ['fbcache, of diffusers', (threshold) => fbcache({ threshold, variant: 'diffusers' })],
  ['fbcache, of xDiT', (threshold) => fbcache({ threshold, variant: 'xdit' })],
  ['fbcache, of LightX2V', (threshold) => fbcache({ threshold, variant: 'lightx2v' })],
  ['dbcache', (threshold) => dbcache({ threshold, front: 1, warmUp: 2, maxAccumulated: 0.5 })],
  ['dbprune', (threshold) => dbprune({ threshold, front: 1, warmUp: 1 })],
  ['dicache', (threshold) => dicache({ threshold, retention: 0 })],
  ['magcache', (threshold) => magcache({ threshold, model: 'flux' })],
  ['easycache', (threshold) => easycache({ threshold, warmUp: 2 })],
];

// Thresholds that meet the numbers of the traces, not only the one that a policy has by default.
const thresholds = fc.oneof(fc.constantFrom(0.05, 0.15, 1), fc.double({ min: 1e-6, max: 1, noNaN: true }));

describe.each(claims)('%s', (_, make) => {
  policyLaws(() => thresholds.map(make), {
    test,
    laws: ['first-trigger'],
    capabilities: { monotone: true },
    numRuns: fuzz.numRuns,
    seed: fuzz.seed ?? 0,
  });
});
