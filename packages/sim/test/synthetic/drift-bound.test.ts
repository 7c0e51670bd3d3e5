import { listPolicies, parsePolicy, PolicyError } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  driftBound,
  SimError,
  simulate,
  syntheticDit,
  type BoundBasis,
  type Motion,
  type SyntheticOptions,
} from '../../src/index.ts';
import { policyCases, type RunCase } from '@refrain/testing';
import { fuzz } from '../seed.ts';

const names = listPolicies().map(({ policyName }) => policyName);
const bases: readonly BoundBasis[] = ['constants', 'samples', 'audit'];

/** Small systems of every kind, from nearly linear to ones that magnify whatever they are given. */
function systems(run: RunCase): fc.Arbitrary<SyntheticOptions> {
  return fc.record({
    seed: fc.nat(1000),
    blocks: fc.constant(run.blocks),
    modules: fc.constant(run.modules),
    steps: fc.constant(run.steps),
    tokens: fc.constantFrom(1, 2, 4),
    channels: fc.constantFrom(1, 2, 3, 6),
    schedule: fc.constantFrom('flow', 'shifted-flow', 'linear', 'cosine'),
    guidance: run.branches.length > 1 ? fc.constantFrom(0, 1.5, 4, 7.5) : fc.constant(1),
    shape: fc.constantFrom('u', 'l', 'inverted-l', 'flat', 'oscillating'),
    motion: fc.constantFrom<Motion>(0, 'still', 'calm', 'normal', 'fast', 4),
    noise: fc.constantFrom(0, 0.01, 0.5),
    spectralNorm: fc.constantFrom(0.01, 0.2, 0.5, 1, 4),
    gates: fc.constantFrom(0, 0.1, 1, 2, 20),
    head: fc.constantFrom(0, 0.1, 0.4, 1),
  });
}

const cases = (name: string) =>
  policyCases(name)
    // Samplers take a step from one timestep to the next, so they have two at least.
    .filter(({ run }) => run.callsPerStep === 1 && run.steps >= 2)
    .chain(({ run, id }) => fc.record({ id: fc.constant(id), options: systems(run) }));

/** What overflowed has drifted without end. */
const size = (drift: number): number => (Number.isNaN(drift) ? Infinity : drift);

describe('the drift never exceeds its bound', () => {
  test.each(names)('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(cases(name), async ({ id, options }) => {
        const dit = syntheticDit(options);
        const run = await simulate(dit, parsePolicy(id)).catch((error: unknown) => {
          // Constants that do not fit a run are refused before its first step: there is nothing to bound.
          fc.pre(!(error instanceof PolicyError && error.code === 'POLICY_FIT'));
          throw error;
        });
        for (const basis of bases) {
          const bound = driftBound(dit, run, basis);
          for (const [step, drift] of run.drift.steps.entries())
            expect(size(drift), `${basis}, step ${step}`).toBeLessThanOrEqual(bound.steps[step]?.drift ?? -1);
          expect(size(run.drift.l2)).toBeLessThanOrEqual(bound.final);
          expect(size(run.drift.max)).toBeLessThanOrEqual(bound.final);
        }
      }),
      { ...fuzz, numRuns: Math.ceil(fuzz.numRuns / 25) },
    );
  });
});

describe('driftBound', () => {
  test('is exactly zero where everything is computed', async () => {
    const dit = syntheticDit({ blocks: 3, steps: 6, guidance: 3 });
    const run = await simulate(dit, parsePolicy('never()'));
    for (const basis of bases) expect(driftBound(dit, run, basis)).toMatchObject({ final: 0, relative: 0 });
  });

  test.each([
    ['bwcache(interval=1)', {}],
    ['bwcache()', { motion: 'still' }],
    ['teacache()', {}],
    ['fbcache()', { motion: 'still' }],
    ['fora(interval=2)', { gates: 1, head: 0.3 }],
    ['pab()', { gates: 1, head: 0.3 }],
  ] as const)('is not vacuous: %s %j', async (id, options) => {
    const dit = syntheticDit({ ...options, tokens: 4, channels: 8, blocks: 12 });
    const run = await simulate(dit, parsePolicy(id));
    const [constants, samples, audit] = bases.map((basis) => driftBound(dit, run, basis)) as [
      ReturnType<typeof driftBound>,
      ReturnType<typeof driftBound>,
      ReturnType<typeof driftBound>,
    ];
    expect(run.report.reuseRate).toBeGreaterThan(0);
    expect(samples.relative).toBeLessThan(1);
    expect(samples.final).toBeLessThan(20 * run.drift.l2);
    expect(audit.final).toBeLessThan(8 * run.drift.l2);
    expect(audit.final).toBeLessThanOrEqual(samples.final);
    expect(samples.final).toBeLessThanOrEqual(constants.final);
  });

  test('is at most what the linear Grönwall inequality sums up', async () => {
    const dit = syntheticDit({ blocks: 6, tokens: 4, channels: 8, guidance: 2 });
    const run = await simulate(dit, parsePolicy('bwcache()'));
    for (const basis of bases) {
      const { steps, final } = driftBound(dit, run, basis);
      const linear = steps.reduce((drift, { growth, reuse }, step) => {
        const { prediction } = dit.sampling.coefficients[step] ?? { prediction: Number.NaN };
        return growth * drift + Math.abs(prediction) * reuse;
      }, 0);
      expect(final).toBeGreaterThan(0);
      expect(final).toBeLessThanOrEqual(linear * (1 + 1e-3));
    }
  });

  test('needs no samples but the first noise, and no plain run, when it is made of constants', async () => {
    const dit = syntheticDit({ blocks: 4, steps: 8 });
    const { report, drift } = await simulate(dit, parsePolicy('fora(interval=2)'));
    const bound = driftBound(dit, { report, samples: [dit.noise()] }, 'constants');
    expect(bound.final).toBeGreaterThanOrEqual(drift.l2);
    expect(bound.relative).toBe(Infinity);
  });

  test('refuses what is not a finished run of the model', async () => {
    const dit = syntheticDit({ blocks: 4, steps: 8 });
    const run = await simulate(dit, parsePolicy('fora(interval=2)'));
    const { decisions, warnings } = run.report;
    const cut = { ...run, report: { decisions: decisions.filter(({ step }) => step < 5), warnings } };
    const unkept = {
      ...run,
      report: { decisions: decisions.map((record) => ({ ...record, keep: [] })), warnings },
    };
    const short = { ...run, samples: run.samples.slice(1) };
    const unpredicted = { ...run, predictions: [] };
    expect(() => driftBound(dit, cut)).toThrow(SimError);
    expect(() => driftBound(dit, cut)).toThrow('none for step 5');
    expect(() => driftBound(dit, unkept)).toThrow('nothing before it has kept');
    expect(() => driftBound(dit, short)).toThrow('needs 9 samples of 256 values, got 8');
    expect(() => driftBound(dit, unpredicted, 'audit')).toThrow('needs the 8 predictions');
    expect(() => driftBound(syntheticDit({ blocks: 4, steps: 8, guidance: 2 }), run)).toThrow(SimError);
  });
});
