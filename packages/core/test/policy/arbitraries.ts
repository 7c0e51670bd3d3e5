import {
  always,
  bwcache,
  fixed,
  fora,
  never,
  printTrace,
  recorded,
  watch,
  type ModuleKind,
  type Policy,
  type StepCount,
} from '@refrain/core';
import fc from 'fast-check';
import { attentionPolicies, guidedOnly, modulesFor } from './attention-arbitraries.ts';
import { blockPolicies } from './block-arbitraries.ts';
import { combinatorPolicies } from './combinator-arbitraries.ts';
import { stepPolicies } from './step-arbitraries.ts';
import { traces } from './trace-arbitraries.ts';

/** The shape of a run and of the runner that it goes to. */
export interface RunCase {
  readonly steps: number;
  readonly blocks: number;
  readonly modules: readonly ModuleKind[];
  readonly branches: readonly string[];
  readonly callsPerStep: number;
}

const attention: readonly (readonly ModuleKind[])[] = [
  ['self-attention'],
  ['spatial-attention', 'mlp'],
  ['temporal-attention', 'cross-attention', 'mlp'],
];

/** Shapes of runs; most of them are small, some are as long as real ones. */
export function runCases(
  modules: readonly (readonly ModuleKind[])[] = [[], ['mlp'], ...attention],
): fc.Arbitrary<RunCase> {
  const small = fc.integer({ min: 2, max: 12 });
  return fc.record({
    steps: fc.oneof(
      { weight: 4, arbitrary: small },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 60 }) },
    ),
    blocks: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) },
    ),
    modules: fc.constantFrom(...modules),
    branches: fc.constantFrom(['conditional'], ['conditional', 'unconditional']),
    callsPerStep: fc.constantFrom(1, 1, 2),
  });
}

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

/** Options of each policy; some depend on the shape of the run. Every name of the catalogue must be here. */
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
  if (!make) throw new Error(`no options are made for policy "${name}": add them to policyTable`);
  const branches = ['conditional', 'unconditional'];
  return runCases(modulesFor[name])
    .map((run) => (guidedOnly.has(name) ? { ...run, branches } : run))
    .chain((run) => fc.record({ run: fc.constant(run), id: make(run).map(({ id }) => id) }));
}
