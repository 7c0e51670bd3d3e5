import { parsePolicy } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate, placesOf } from '../generate.ts';
import {
  inputOf,
  lawCases,
  lawFuzz,
  optionsOf,
  passesOf,
  policyNames,
  runCase,
  runnerOf,
  someOf,
  wildSignals,
} from './harness.ts';

/** Seconds that the toy runner takes for each thing: whole ones, so that sums are exact. */
const prices: Readonly<Record<string, number>> = {
  enter: 2,
  exit: 4,
  span: 1024,
  subtract: 16,
  // Asked for what is kept and for forecasts alike.
  isFinite: 0,
  sketch: 64,
  look: 128,
  relativeL1: 256,
  combine: 8192,
};
const bills = {
  frame: ['enter', 'exit'],
  compute: ['span'],
  reuse: ['combine'],
  keep: ['isFinite'],
  indicator: ['sketch', 'look', 'relativeL1'],
} as const;

describe.each(policyNames)('%s', (name) => {
  test('accounts for every site of every pass once', async () => {
    const cases = lawCases(name, wildSignals).chain((given) =>
      fc.tuple(fc.constant(given), someOf(placesOf(optionsOf(given.run)))),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([given, places]) => {
        const { report } = await runCase(given, {}, places);
        const { length } = runnerOf(given.run);
        const passes = passesOf(report.decisions);
        expect(passes).toHaveLength(places.length);
        let reused = 0;
        for (const pass of passes) {
          let site = 0;
          for (const record of pass) {
            if (record.site === -1) site = -1;
            expect(record.site).toBe(site);
            if (record.did === 'measured') expect(record.until).toBe(site);
            else expect(record.until).toBeGreaterThan(site);
            if (record.did === 'reused') reused += Math.min(record.until, length) - Math.max(site, 0);
            site = record.until;
          }
          expect(site).toBe(pass[0]?.site === -1 ? length + 1 : length);
        }
        expect(report.reuseRate).toBe(places.length === 0 ? 0 : reused / (length * places.length));
        expect(report.passes).toBe(places.length);
      }),
      lawFuzz,
    );
  });

  test('books the time of everything that the runner does, under the right name', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name), fc.boolean(), async ({ run, id, signal }, asynchronous) => {
        let clock = 5e6;
        const spent: Record<string, number> = {};
        const before = (call: string): void => {
          const price = prices[call] ?? 0;
          clock += 1000 * price;
          spent[call] = (spent[call] ?? 0) + price;
        };
        const runner = runnerOf(run, { before, asynchronous });
        const options = { ...optionsOf(run), now: () => clock };
        const { report } = await generate(runner, parsePolicy(id), options, inputOf(signal));
        const { total, overhead, ...parts } = report.seconds;
        const billed = (part: keyof typeof bills): number =>
          bills[part].reduce((sum, call) => sum + (spent[call] ?? 0), 0);
        for (const part of ['frame', 'compute', 'reuse'] as const) expect(parts[part]).toBe(billed(part));
        // Differences are taken for residuals that are kept and for residuals that are compared.
        const [kept, compared] = [parts.keep - billed('keep'), parts.indicator - billed('indicator')];
        expect(Math.min(kept, compared)).toBeGreaterThanOrEqual(0);
        expect(kept + compared).toBe(spent['subtract'] ?? 0);
        expect(total * 1000).toBe(clock - 5e6);
        expect(overhead).toBe(0);
      }),
      lawFuzz,
    );
  });

  test('holds no more bytes than it may, at any decision', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name, wildSignals), fc.nat(400), async (given, maxBytes) => {
        const { report, error } = await runCase(given, { maxBytes });
        expect(error).toBe(undefined);
        expect(report.bytes.peak).toBeLessThanOrEqual(maxBytes);
        expect(report.bytes).toMatchObject({ held: 0, budget: maxBytes });
      }),
      lawFuzz,
    );
  });

  test('is never silently inert', async () => {
    await fc.assert(
      fc.asyncProperty(
        lawCases(name, wildSignals),
        fc.option(fc.nat(100), { nil: undefined }),
        async (given, maxBytes) => {
          const { report } = await runCase(given, maxBytes === undefined ? {} : { maxBytes });
          const inert = report.warnings.filter(({ code }) => code === 'never-reused');
          // What remembers nothing was meant to compute everything.
          const meant = parsePolicy(given.id).needs.history === 0;
          expect(inert).toHaveLength(report.reuseRate === 0 && !meant ? 1 : 0);
          for (const { message } of inert) expect(message).toMatch(/^nothing was reused: .{10,}/);
        },
      ),
      lawFuzz,
    );
  });

  test('survives JSON in all that a reader needs', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name), async (given) => {
        const { report } = await runCase(given);
        // JSON has no NaN; readers take null for unusable, as the warning says of it.
        if (report.warnings.some(({ code }) => code === 'non-finite-indicator')) return;
        expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
      }),
      lawFuzz,
    );
  });
});
