import {
  always,
  bwcache,
  fixed,
  fora,
  never,
  printTrace,
  recorded,
  watch,
  type Policy,
  type StepCount,
} from '@refrain/core';
import fc from 'fast-check';
import { runCases, type RunCase } from '../cases/run-case.ts';
import { TestingError } from '../errors.ts';
import { attentionPolicies, guidedOnly, modulesFor } from './attention-policies.ts';
import { blockPolicies } from './block-policies.ts';
import { combinatorPolicies } from './combinator-policies.ts';
import { stepPolicies } from './step-policies.ts';
import { traces } from './traces.ts';

const thresholds = fc.oneof(
  fc.constantFrom(0, 0.05, 0.15, 1, 1e9),
  fc.double({ min: 0, max: 2, noNaN: true }),
);
const strides = fc.integer({ min: 1, max: 5 });
const percents = fc.oneof(
  fc.constantFrom<StepCount>('5%', '10%', '25%', '100%', '0.1%', '33.3%'),
  fc.integer({ min: 1, max: 100 }).map((share): StepCount => `${share}%`),
);
const stepCounts = fc.oneof(percents, fc.integer({ min: 1, max: 12 }));
const masks = fc.array(fc.constantFrom('0', '1'), { maxLength: 64 }).map((digits) => `1${digits.join('')}`);

/**
 * Every registered policy with valid random options, some of which depend on the shape of the run, and random
 * compositions of them. Every name of the catalogue must be here.
 */
export const policyTable: Readonly<Record<string, (run: RunCase) => fc.Arbitrary<Policy>>> = {
  never: () => fc.constant(never()),
  always: () => fc.constant(always()),
  watch: () => fc.record({ tap: fc.constantFrom('output', 'modulated', 'both'), stride: strides }).map(watch),
  fixed: () => masks.map((mask) => fixed({ mask })),
  recorded: (run) => traces(run).map((trace) => recorded({ trace: printTrace(trace) })),
  ...blockPolicies,
  bwcache: () =>
    fc
      .record({
        threshold: thresholds,
        interval: stepCounts,
        form: fc.constantFrom('released', 'paper'),
        tail: fc.oneof(fc.constantFrom(0, 0.5, 0.99, 1, 3), fc.double({ min: 0, max: 70, noNaN: true })),
        blocks: stepCounts,
        stride: strides,
        select: fc.constantFrom('stack', 'stack', 'blocks'),
        rearm: fc.constantFrom('no', 'yes'),
        stop: fc.oneof(fc.constantFrom('never', 'threshold'), fc.double({ min: 1, max: 9, noNaN: true })),
        low: fc.oneof(fc.constant('none'), fc.constantFrom(0, 250, 499.5)),
        high: fc.oneof(fc.constant('none'), fc.constantFrom(500, 900)),
      })
      .map((options) => bwcache(options.select === 'blocks' ? { ...options, blocks: '100%' } : options)),
  fora: ({ modules }) =>
    fc
      .record({
        interval: fc.integer({ min: 1, max: 9 }),
        cache: modules.length > 0 ? fc.constantFrom('modules', 'stack') : fc.constant('stack'),
      })
      .map(fora),
  ...stepPolicies,
  ...attentionPolicies,
  ...combinatorPolicies(() => policyTable),
};

/** Runs and the id of a policy of the given name that fits them. */
export function policyCases(name: string): fc.Arbitrary<{ readonly run: RunCase; readonly id: string }> {
  const make = policyTable[name];
  if (!make)
    throw new TestingError(
      'CASES_UNSUITABLE',
      `[testing] no options are made for policy "${name}": add them to policyTable, or give a function that makes some`,
    );
  const branches = ['conditional', 'unconditional'];
  return runCases(modulesFor[name])
    .map((run) => (guidedOnly.has(name) ? { ...run, branches } : run))
    .chain((run) => fc.record({ run: fc.constant(run), id: make(run).map(({ id }) => id) }));
}
