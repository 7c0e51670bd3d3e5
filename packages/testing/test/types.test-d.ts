import { bwcache, never, type Policy } from '@refrain/core';
import fc from 'fast-check';
import { expectTypeOf, test as vitestTest } from 'vitest';
import { test as nodeTest } from 'node:test';
import {
  fuzzPolicy,
  policyLaws,
  runnerLaws,
  trackedRunner,
  type FuzzResult,
  type LawFailure,
  type NamedLaw,
  type NamedRunnerLaw,
} from '../src/index.ts';

// A policy, a factory and a function are sources; both test runners' functions fit.
expectTypeOf(policyLaws(never())).toEqualTypeOf<readonly NamedLaw[]>();
policyLaws(bwcache, { test: vitestTest });
policyLaws(() => fc.constant<Policy>(never()), { test: nodeTest, capabilities: { monotone: true } });
// @ts-expect-error a number is no policy
policyLaws(7);
// @ts-expect-error capabilities are known by name
policyLaws(never(), { capabilities: { perfect: true } });

// Inputs and outputs are those of the runner.
expectTypeOf(
  runnerLaws(() => trackedRunner(), { input: ({ step }) => step, numbers: (output) => output }),
).toEqualTypeOf<readonly NamedRunnerLaw[]>();
// @ts-expect-error its inputs are numbers
runnerLaws(() => trackedRunner(), { input: () => 'seven', numbers: (output) => output });

// The seed is no option: what cannot be repeated is not worth finding.
expectTypeOf(fuzzPolicy).returns.resolves.toEqualTypeOf<FuzzResult>();
expectTypeOf<FuzzResult['failure']>().toEqualTypeOf<LawFailure | undefined>();
// @ts-expect-error without a seed
void fuzzPolicy(never(), { cases: 10 });
