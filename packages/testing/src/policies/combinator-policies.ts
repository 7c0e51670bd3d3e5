import {
  both,
  budget,
  either,
  firstOf,
  forecast,
  limit,
  masked,
  perBranch,
  taylorseer,
  within,
  type Policy,
} from '@refrain/core';
import fc from 'fast-check';
import { guidedOnly, modulesFor } from './attention-policies.ts';
import type { RunCase } from '../cases/run-case.ts';

type Table = Readonly<Record<string, (run: RunCase) => fc.Arbitrary<Policy>>>;

/**
 * Tried alone: what computes everything by intention, what asks for entries that were not kept, and what borrows from
 * another branch, where a combination may have kept something else.
 */
const alone: ReadonlySet<string> = new Set([
  'never',
  'watch',
  'recorded',
  'magnitudes',
  'smoothcache-calibration',
  'tgate',
  'cfgcache',
  'fastercache',
]);

const counts = fc.oneof(fc.constant('none' as const), fc.integer({ min: 1, max: 6 }));
const masks = fc
  .array(fc.constantFrom('0', '1'), { minLength: 1, maxLength: 40 })
  .map((list) => list.join(''));
const orders = fc.integer({ min: 0, max: 3 });

/** Policies that combine others, or forecast. */
export function combinatorPolicies(table: () => Table): Table {
  const one = (run: RunCase, depth: number): fc.Arbitrary<Policy> =>
    depth > 0
      ? fc.boolean().chain((deeper) => (deeper ? nested(run, depth) : leaf(table(), run)))
      : leaf(table(), run);
  const nested = (run: RunCase, depth: number): fc.Arbitrary<Policy> =>
    fc
      .constantFrom(...Object.values(combinators))
      .chain((make) => make(run, (inner) => one(inner, depth - 1)));
  const made = Object.entries(combinators).map(
    ([name, make]) => [name, (run: RunCase) => make(run, (inner) => one(inner, 1))] as const,
  );
  return { ...Object.fromEntries(made), taylorseer: taylorseers };
}

/** Any policy of the catalogue that fits the run. It is chosen first, so that only its own options are thought of. */
function leaf(table: Table, run: RunCase): fc.Arbitrary<Policy> {
  const fitting = Object.entries(table).filter(([name]) => isLeaf(name) && fits(name, run));
  return fc.constantFrom(...fitting).chain(([, make]) => make(run));
}

function isLeaf(name: string): boolean {
  return !alone.has(name) && !Object.hasOwn(combinators, name);
}

function fits(name: string, { modules, branches }: RunCase): boolean {
  const wanted = modulesFor[name];
  if (wanted && !wanted.some((kinds) => kinds.join() === modules.join())) return false;
  return branches.length > 1 || !guidedOnly.has(name);
}

type Make = (run: RunCase, one: (run: RunCase) => fc.Arbitrary<Policy>) => fc.Arbitrary<Policy>;

const combinators: Readonly<Record<string, Make>> = {
  firstOf: (run, one) =>
    fc.array(one(run), { minLength: 2, maxLength: 3 }).map((policies) => firstOf(...policies)),
  both: (run, one) => fc.array(one(run), { minLength: 2, maxLength: 3 }).map((policies) => both(...policies)),
  either: (run, one) =>
    fc.array(one(run), { minLength: 2, maxLength: 3 }).map((policies) => either(...policies)),
  perBranch: (run, one) => fc.tuple(one(run), one(run)).map(([first, others]) => perBranch(first, others)),
  within: (run, one) => fc.tuple(windows(run), one(run)).map(([window, policy]) => within(window, policy)),
  limit: (run, one) =>
    fc
      .tuple(fc.record({ maxAge: counts, maxReuse: counts }), one(run))
      .map(([options, policy]) => limit(options, policy)),
  masked: (run, one) =>
    fc
      .tuple(fc.record({ mask: masks, policy: fc.constantFrom('static', 'dynamic') }), one(run))
      .map(([options, policy]) => masked(options, policy)),
  forecast: (run, one) =>
    fc
      .tuple(
        fc.record({
          method: fc.constantFrom('taylor', 'foca'),
          order: orders,
          rule: fc.constantFrom('cache-dit', 'para-attention', 'official'),
          history: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 2, max: 5 })),
        }),
        one(run),
      )
      .map(([options, policy]) => forecast(options, policy)),
  budget: (run, one) =>
    fc
      .tuple(
        targets,
        one(run).filter(({ threshold }) => threshold !== undefined),
      )
      .map(([target, policy]) => budget(target, policy)),
};

const targets = fc.oneof(
  fc.double({ min: 1.01, max: 10, noNaN: true }).map((speedup) => ({ speedup })),
  fc.double({ min: 0.001, max: 5, noNaN: true }).map((drift) => ({ drift })),
);

function windows({ steps }: RunCase): fc.Arbitrary<NonNullable<Parameters<typeof within>[0]>> {
  const timestep = fc.constantFrom(1100, 1000, 900, 500, 100, 0);
  const pair = (numbers: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> =>
    fc.tuple(numbers, numbers).filter(([one, two]) => one !== two);
  const sorted = (numbers: fc.Arbitrary<number>): fc.Arbitrary<{ from: number; until: number }> =>
    pair(numbers).map(([one, two]) => ({ from: Math.min(one, two), until: Math.max(one, two) }));
  return fc.oneof(
    sorted(fc.integer({ min: 0, max: steps })).map((window) => ({ ...window, unit: 'steps' as const })),
    sorted(fc.double({ min: 0, max: 1, noNaN: true })).map((window) => ({
      ...window,
      unit: 'share' as const,
    })),
    sorted(fc.integer({ min: 0, max: 100 })).map(({ from, until }) => ({
      from: `${from}%` as const,
      until: `${until}%` as const,
    })),
    pair(timestep).map(([from, until]) => ({ from, until, unit: 'timestep' as const })),
  );
}

function taylorseers({ modules }: RunCase): fc.Arbitrary<Policy> {
  const options = {
    interval: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 7 })),
    order: orders,
    warmUp: fc.integer({ min: 1, max: 6 }),
    cache:
      modules.length > 0
        ? fc.constantFrom('modules' as const, 'stack' as const)
        : fc.constant('stack' as const),
  };
  return fc.oneof(
    fc.record(options).map(taylorseer),
    fc
      .record({
        ...options,
        variant: fc.constant('diffusers' as const),
        after: fc.oneof(counts, fc.integer({ min: 0, max: 20 })),
      })
      .map(taylorseer),
  );
}
