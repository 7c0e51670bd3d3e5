/** A part of the core that mutants are planted in, and the tests that are to find them. */
export interface Area {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const core = 'packages/core/src';
const tests = 'packages/core/test';
const ofPolicies = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `${tests}/policy/${name}.test.ts`);
const executor = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `${core}/executor/${name}.ts`);
const withExecutor = [
  `${tests}/executor/*.test.ts`,
  `${tests}/report/*.test.ts`,
  `${tests}/from-blocks.test.ts`,
];

/** Each area is one run, small enough to be finished between two interruptions. */
export const areas: Readonly<Record<string, Area>> = {
  cache: {
    mutate: executor('cache-store', 'holdings', 'reference-store'),
    tests: [...withExecutor, ...ofPolicies('acceptance')],
  },
  keeping: {
    mutate: executor('keeper', 'combiner', 'workbench', 'stretch', 'stretch-runner', 'taps'),
    tests: [...withExecutor, ...ofPolicies('acceptance')],
  },
  walking: {
    mutate: executor('walk', 'passage', 'decide', 'possible', 'contract', 'frame'),
    tests: [...withExecutor, ...ofPolicies('acceptance')],
  },
  measuring: {
    mutate: executor('measurer', 'look', 'compare'),
    tests: [...withExecutor, ...ofPolicies('acceptance', 'adacache', 'easycache')],
  },
  running: {
    mutate: executor(
      'run',
      'run-options',
      'refrain',
      'reporting',
      'recorder',
      'guided',
      'lane',
      'needs',
      'fit',
      'blame',
      'plain-pass',
    ),
    tests: [...withExecutor, ...ofPolicies('acceptance', 'cfg-cache')],
  },
  combinators: {
    mutate: [`${core}/policy/combinators/*.ts`],
    tests: ofPolicies(
      'acceptance',
      'budget',
      'combinators',
      'first-of',
      'forecast',
      'lost-entries',
      'mistakes',
      'nested-ids',
      'step-masks',
    ),
  },
  forecast: {
    mutate: [`${core}/policy/forecast/*.ts`],
    tests: ofPolicies('forecast', 'forecast-weights', 'lost-entries', 'schedules'),
  },
  step: {
    mutate: [
      `${core}/policy/step/*.ts`,
      `!${core}/policy/step/*-models.ts`,
      `!${core}/policy/step/magcache-ratios-*.ts`,
    ],
    tests: ofPolicies(
      'adacache',
      'easycache',
      'golden-masks',
      'magcache',
      'mistakes',
      'schedules',
      'teacache*',
    ),
  },
  block: {
    mutate: [`${core}/policy/block/*.ts`],
    tests: ofPolicies(
      'bwcache*',
      'dbcache',
      'dbprune',
      'delta-dit',
      'dicache',
      'fbcache',
      'golden-masks',
      'mistakes',
      'step-masks',
    ),
  },
  attention: {
    mutate: [`${core}/policy/attention/*.ts`, `!${core}/policy/attention/*-models.ts`],
    tests: ofPolicies(
      'fastercache',
      'golden-masks',
      'mistakes',
      'pab',
      'schedules',
      'smoothcache',
      'tgate',
      'lost-entries',
    ),
  },
  guidance: {
    mutate: [`${core}/policy/guidance/*.ts`, `!${core}/policy/guidance/*-models.ts`],
    tests: ofPolicies('cfg-cache', 'fastercache', 'tgate'),
  },
  baseline: {
    mutate: [`${core}/policy/baseline/*.ts`],
    tests: ofPolicies('recorded', 'trace-text', 'combinators', 'mistakes'),
  },
  options: {
    mutate: [`${core}/policy/*.ts`],
    tests: ofPolicies('*'),
  },
};
