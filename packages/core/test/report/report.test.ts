import { readRatio, refrain, relativeL1, type Measurement, type Warning } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  looks,
  reuses,
  scripted,
  streamAt,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';
import { fuzz } from '../seed.ts';

describe('the mask', () => {
  test('has one character a step for each lane: all, nothing, part, not run', async () => {
    const policy = scripted(({ step, site }) => {
      if (step === 0) return computes(3, [entry(0, 3, 'residual'), entry(1, 3, 'output')]);
      if (step === 1) return reuses(3, 'residual');
      return site === 0 ? computes(1) : reuses(3, 'output');
    });
    const places = [0, 1, 2].map((step) => ({ step, call: 0, branch: 'a' }));
    const options = { timesteps: timestepsOf(4), branches: ['a', 'b'], callsPerStep: 2 };
    const { report } = await generate(trackedRunner(), policy, options, () => 1, places);
    expect(report.mask).toStrictEqual({ a: '10p-', 'a.1': '----', b: '----', 'b.1': '----' });
    // 3 + 0 + 1 of 9 sites were computed.
    expect(report.reuseRate).toBe(5 / 9);
    expect(report).toMatchObject({ steps: 4, passes: 3, branches: ['a', 'b'], timesteps: timestepsOf(4) });
  });

  test('shows what was done, not what was wanted', async () => {
    const policy = scripted(() => reuses(3, 'residual'));
    const { report } = await generate(trackedRunner(), policy, { timesteps: timestepsOf(3), maxBytes: 0 });
    expect(report.mask).toStrictEqual({ conditional: '111' });
  });
});

describe('a decision in the report', () => {
  test('has its place, its reason, what was kept, and what was measured', async () => {
    const policy = scripted(({ step }, { looked }) => {
      if (!looked) return looks(streamAt(0, 'seen'));
      return step === 0 ? computes(3, [entry(0, 3, 'residual')]) : reuses(3, 'residual', [0.5]);
    });
    const model = { width: () => 1, enter: (input: number) => input };
    const { report } = await generate(
      trackedRunner({ model }),
      policy,
      { timesteps: [2, 1] },
      ({ step }) => 8 + step,
    );
    const why = { kind: 'schedule' };
    const place = { call: 0, branch: 'conditional', site: 0 };
    expect(report.decisions).toStrictEqual([
      {
        ...place,
        step: 0,
        until: 0,
        did: 'measured',
        why,
        measured: { 'stream 0 seen': { kind: 'no-reference' } },
      },
      { ...place, step: 0, until: 3, did: 'computed', why, keep: [entry(0, 3, 'residual')] },
      {
        ...place,
        step: 1,
        until: 0,
        did: 'measured',
        why,
        measured: { 'stream 0 seen': { kind: 'sums', numerator: 1, denominator: 8, count: 1 } },
      },
      { ...place, step: 1, until: 3, did: 'reused', form: 'residual', weights: [0.5], why },
    ]);
  });
});

test('warnings are counted, and the first is told', async () => {
  const policy = scripted(({ step }) => computes(3, [], step > 0 ? [streamAt(0, 'seen')] : []));
  const model = { enter: () => 0 };
  const { report } = await generate(trackedRunner({ model }), policy, { timesteps: timestepsOf(5) });
  // Step 1 is the first to look, and what it sees is zero: steps 2, 3 and 4 have nothing to divide by.
  const zero = report.warnings.find(({ code }: Warning) => code === 'zero-reference');
  expect(zero?.count).toBe(3);
  expect(zero?.message).toContain(
    'indicator "stream 0 seen" had an all-zero reference at step 2 of conditional',
  );
});

test('bytes are those that were held at most, of cache and references together, each feature once', async () => {
  // Three elements of eight bytes. The output at 3 is kept under two names and is a reference as well.
  const keep = [entry(0, 3, 'output'), entry(1, 3, 'output'), entry(0, 3, 'residual')];
  const policy = scripted(() => computes(3, keep, [streamAt(3, 'seen')]));
  const run = refrain(trackedRunner(), policy).start({ timesteps: timestepsOf(3), maxBytes: 1000 });
  await run.step(1, { step: 0 });
  expect(run.report().bytes).toStrictEqual({ held: 48, peak: 48, budget: 1000 });
  await run.step(2, { step: 1 });
  expect(run.report().bytes.held).toBe(48);
  run.end();
  expect(run.report().bytes).toMatchObject({ held: 0, budget: 1000 });
  const free = refrain(trackedRunner(), policy).start({ timesteps: timestepsOf(3) });
  expect(free.report().bytes).toStrictEqual({ held: 0, peak: 0, budget: null });
});

describe('a relative L1', () => {
  const numbers = fc.oneof(
    fc.double(),
    fc.constantFrom(0, Number.NaN, Infinity, 1e-50, 5e-324, 1e39, 3.4e38, 1e308),
  );
  // Sums of absolute values are never −0, which JSON would turn into 0.
  const sizes = numbers.map((value) => value + 0);
  const sums = fc.record({ numerator: sizes, denominator: sizes, count: fc.integer({ min: 0, max: 9 }) });

  test('is a finite number or has a reason why there is none', () => {
    fc.assert(
      fc.property(sums, (measured) => {
        const reading = readRatio({ kind: 'sums', ...measured });
        if (reading.usable) expect(reading.value).toSatisfy(Number.isFinite);
        else expect(reading.because).toBe(measured.denominator === 0 ? 'zero-reference' : 'not-finite');
        const odd = !Number.isFinite(measured.numerator) || !Number.isFinite(measured.denominator);
        if (odd || measured.denominator === 0) expect(reading.usable).toBe(false);
      }),
      fuzz,
    );
  });

  test('reads the same from a report that went through JSON, where NaN turns into null', () => {
    fc.assert(
      fc.property(sums, (measured) => {
        const measurement: Measurement = { kind: 'sums', ...measured };
        const stored = JSON.parse(JSON.stringify(measurement)) as Measurement;
        expect(readRatio(stored)).toStrictEqual(readRatio(measurement));
      }),
      fuzz,
    );
  });

  test('is rounded to float32 as the sources do', () => {
    expect(relativeL1({ numerator: 0.3, denominator: 5, count: 1 })).toBe(Math.fround(Math.fround(0.3) / 5));
    expect(relativeL1({ numerator: 1, denominator: 3, count: 1 })).toBe(Math.fround(1 / 3));
    expect(relativeL1({ numerator: 0, denominator: 3, count: 2 })).toBe(0);
  });

  test('of what was never measured has no reference', () => {
    expect(readRatio(undefined)).toStrictEqual({ usable: false, because: 'no-reference' });
    expect(readRatio({ kind: 'no-reference' })).toStrictEqual({ usable: false, because: 'no-reference' });
    expect(readRatio({ kind: 'shape-changed' })).toStrictEqual({ usable: false, because: 'shape-changed' });
  });
});
