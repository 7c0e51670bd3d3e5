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
  type RunReport,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate } from '../generate.ts';
import { runCases } from '../policy/arbitraries.ts';
import {
  finiteSignals,
  inputOf,
  lawCases,
  lawFuzz,
  optionsOf,
  policyNames,
  runCase,
  runnerOf,
  wildSignals,
} from './harness.ts';
import { fuzz } from '../seed.ts';

const shapes = runCases().chain((run) =>
  fc.record({
    run: fc.constant({ ...run, branches: ['conditional'], callsPerStep: 1 }),
    signal: fc.oneof(finiteSignals(run.steps), wildSignals(run.steps)),
    low: fc.double({ min: 0, max: 0.5, noNaN: true }),
    more: fc.oneof(fc.constantFrom(0, 1e9), fc.double({ min: 0, max: 0.5, noNaN: true })),
  }),
);

function firstReuse(report: RunReport): number {
  const step = report.mask['conditional']?.search(/[0p]/) ?? -1;
  return step < 0 ? Infinity : step;
}

test.each<[string, (threshold: number) => Policy]>([
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
])('%s: a larger threshold never delays the first reuse', async (_, policy) => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ run, signal, low, more }) => {
      const at = async (threshold: number): Promise<number> => {
        const { report } = await generate(runnerOf(run), policy(threshold), optionsOf(run), inputOf(signal));
        return firstReuse(report);
      };
      expect(await at(low + more)).toBeLessThanOrEqual(await at(low));
    }),
    fuzz,
  );
});

describe.each(policyNames.filter((name) => name !== 'recorded'))('%s', (name) => {
  test('asks for nothing that the executor must refuse, when all goes well', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name), async (given) => {
        const { report } = await runCase(given);
        expect(report.decisions.filter(({ refused }) => refused)).toStrictEqual([]);
      }),
      lawFuzz,
    );
  });
});
