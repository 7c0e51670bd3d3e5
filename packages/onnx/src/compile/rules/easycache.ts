import { easycache, optionsOf, outputOf, SAMPLE } from '@refrain/core';
import type { Arithmetic, Double, Single, Truth } from '../arithmetic.ts';
import type { SumsInGraph } from '../feature-writer.ts';
import { meanOf } from '../ratio.ts';
import { notCompilable, type Look, type StepWriter } from '../step-writer.ts';
import type { RuleEmitter } from './rule.ts';

/** EasyCache: skips the whole model while its output is predicted to stay. All arithmetic is float32. */
export const emitEasycache: RuleEmitter = (policy, step) => {
  const options = optionsOf(easycache, policy.id);
  const { run, math, steps } = step;
  if (!options || (policy.shared && run.branches.length > 1))
    throw notCompilable(
      'with variant=wan the first branch decides for the others, but here each branch has a state of its own: use ' +
        'variant=hunyuan, or compile for a single branch that both are batched in',
    );
  const warmUp = policy.limits({ ...run, steps: Number.MAX_SAFE_INTEGER }).warmUp;
  const last = steps - 1;
  const tail = (at: number): boolean => at >= last && at > 0;
  const until = outputOf(run.stream.length);
  const memory = readMemory(step);

  const sample = { of: 'stream', at: SAMPLE } as const;
  const adjacent = step.look({ name: 'sample', tap: sample });
  const looks = step.when((at) => at >= warmUp - 1 && !tail(at));
  const [seen] = step.compare([adjacent], looks);
  if (!seen) return;
  const { reuse, sum } = judge(math, memory, seen, {
    free: step.when((at) => at >= warmUp && !tail(at)),
    ...options,
  });
  step.report(math.toDouble(sum));
  step.remember([adjacent], looks);

  const { reused, computed, refused } = step.gate({ from: SAMPLE, until, form: 'residual' }, reuse);
  const measures = math.and(
    computed,
    math.not(refused),
    step.when((at) => !tail(at)),
  );
  const output = step.look({ name: 'computedoutput', tap: { of: 'stream', at: until } });
  const changes: readonly Look[] = [step.look({ name: 'computedsample', tap: sample }), output];
  const [ofSample, ofOutput] = step.compare(changes, measures);
  const size = step.features.magnitude(output.current);
  step.remember(changes, measures);
  if (!ofSample || !ofOutput) return;
  writeMemory(step, memory, {
    measures,
    rate: math.divide(meanChange(math, ofOutput), meanChange(math, ofSample)),
    magnitude: meanChange(math, size),
  });
  step.next('accumulated', math.choose(reused, math.toDouble(sum), math.number(0)));
};

/** Numbers of the state, each float32; 0 where there is none. */
interface Memory {
  /** How much the output changes for a change of the sample. */
  readonly rate: Double;
  readonly rateKnown: Double;
  /** Mean magnitude of the last computed output. */
  readonly magnitude: Double;
  readonly accumulated: Double;
}

function readMemory(step: StepWriter): Memory {
  return {
    rate: step.number('rate', 'change of the output for a change of the sample'),
    rateKnown: step.number('rateknown', '1 if there is a rate'),
    magnitude: step.number('magnitude', 'mean magnitude of the last computed output; 0 for none'),
    accumulated: step.number('accumulated', 'predicted change since the last computed step'),
  };
}

function judge(
  math: Arithmetic,
  { rate, rateKnown, magnitude, accumulated }: Memory,
  seen: SumsInGraph,
  { free, threshold }: { readonly free: Truth; readonly threshold: number },
): { readonly reuse: Truth; readonly sum: Single } {
  const change = math.divide(meanChange(math, seen), math.toSingle(magnitude));
  const sum = math.add(math.toSingle(accumulated), math.multiply(math.toSingle(rate), change));
  const zero = math.number(0);
  const known = math.and(math.not(math.equal(rateKnown, zero)), math.not(math.equal(magnitude, zero)));
  return { reuse: math.and(free, known, math.isFinite(sum), math.below(sum, math.rounded(threshold))), sum };
}

function meanChange(math: Arithmetic, { numerator, count }: SumsInGraph): Single {
  return meanOf(math, numerator, count);
}

interface Measured {
  readonly measures: Truth;
  readonly rate: Single;
  readonly magnitude: Single;
}

function writeMemory(step: StepWriter, memory: Memory, { measures, rate, magnitude }: Measured): void {
  const { math } = step;
  const zero = math.number(0);
  const rateUsable = math.isFinite(rate);
  const magnitudeUsable = math.and(math.isFinite(magnitude), math.below(math.rounded(0), magnitude));
  const next = (usable: Truth, value: Double, old: Double): Double =>
    math.choose(measures, math.choose(usable, value, zero), old);
  step.next('rate', next(rateUsable, math.toDouble(rate), memory.rate));
  step.next('rateknown', next(rateUsable, math.number(1), memory.rateKnown));
  step.next('magnitude', next(magnitudeUsable, math.toDouble(magnitude), memory.magnitude));
}
