// Checked by the compiler only; nothing here runs.
import {
  bwcache,
  compute,
  definePolicy,
  fora,
  fromBlocks,
  integerOption,
  never,
  refrain,
  reuse,
  RunError,
  wholeStack,
  type BlockRunner,
  type CachedModel,
  type Decision,
  type Float32Feature,
  type Policy,
  type PolicyFactory,
  type Reason,
  type parsePolicy,
  type Run,
  type RunReport,
} from '@refrain/core';
import { expectTypeOf } from 'vitest';

interface Latent {
  readonly sample: Float32Array;
  readonly prompt: string;
}
interface Tensor {
  readonly handle: number;
}
declare const runner: BlockRunner<Latent, Tensor, readonly number[]>;

// Input and output come from the runner.
const model = refrain(runner, never());
expectTypeOf<typeof model>().toEqualTypeOf<CachedModel<Latent, readonly number[]>>();
const run = model.start({ timesteps: [1, 0] });
expectTypeOf<typeof run>().toEqualTypeOf<Run<Latent, readonly number[]>>();
const output = run.step({ sample: new Float32Array(1), prompt: '' }, { step: 0 });
expectTypeOf<typeof output>().toEqualTypeOf<Promise<readonly number[]>>();
expectTypeOf<ReturnType<typeof run.report>>().toEqualTypeOf<RunReport>();

// @ts-expect-error the step is an argument, never counted
void run.step({ sample: new Float32Array(1), prompt: '' });
// @ts-expect-error a prompt is missing
void run.step({ sample: new Float32Array(1) }, { step: 0 });
// @ts-expect-error a place has a step
void run.step({ sample: new Float32Array(1), prompt: '' }, { branch: 'conditional' });
// @ts-expect-error timesteps are needed
model.start({});
// @ts-expect-error an array, not a typed array
model.start({ timesteps: new Float32Array(2) });
// @ts-expect-error reports cannot be changed
run.report().passes = 3;

// A runner of plain functions: the input is the stream itself, or what `enter` takes.
const plain = refrain(fromBlocks([(x) => x]), bwcache());
expectTypeOf<typeof plain>().toEqualTypeOf<CachedModel<Float32Feature, Float32Feature>>();
const conditioned = fromBlocks([(x, gate: number) => (gate > 0 ? x : x)], {
  enter: (prompt: string) => ({ x: new Float32Array(1), context: prompt.length }),
  exit: (_, gate: number) => gate > 0,
});
expectTypeOf<typeof conditioned>().toEqualTypeOf<BlockRunner<string, Float32Feature, boolean>>();
// @ts-expect-error the blocks read a context, so `enter` must make one
fromBlocks([(x: Float32Feature, gate: number) => (gate > 0 ? x : x)]);
// @ts-expect-error a feature is a handle, never a number
declare const numeric: BlockRunner<Latent, number, number>;
void numeric;

// A policy with a state of its own goes wherever a policy goes.
type Countdown = { readonly left: number; readonly length: number };
const countdown: Policy<Countdown> = {
  id: 'countdown',
  granularity: 'step',
  needs: { history: 1 },
  limits: () => ({ warmUp: 1, tail: 0 }),
  init: ({ steps, stream }) => ({ left: steps, length: stream.length }),
  next: ({ left, length }) =>
    left > 3
      ? compute(length, { kind: 'schedule' }, wholeStack(length, 'residual'))
      : reuse(length, 'residual', { kind: 'schedule' }),
  observe: (state, { did }) => (did === 'measured' ? state : { ...state, left: state.left - 1 }),
};
refrain(runner, countdown);
const anyPolicy: Policy = countdown;
void anyPolicy;
expectTypeOf<ReturnType<typeof parsePolicy>>().toEqualTypeOf<Policy>();

const made = definePolicy<{ readonly every: number }, Countdown>({
  name: 'countdown',
  about: 'a test',
  options: { every: integerOption('steps', 2, { min: 1 }) },
  rule: ({ every }) => ({ ...countdown, limits: () => ({ warmUp: every, tail: 0 }) }),
});
expectTypeOf<typeof made>().toEqualTypeOf<PolicyFactory<{ readonly every: number }, Countdown>>();
refrain(runner, made({ every: 3 }));

// @ts-expect-error a state is plain data: no Map
declare const impure: Policy<{ readonly cache: Map<string, number> }>;
void impure;
// @ts-expect-error no such option
bwcache({ treshold: 0.2 });
// @ts-expect-error a share ends with a percent sign
bwcache({ interval: '10' });
// @ts-expect-error one of two words
fora({ cache: 'blocks' });
definePolicy<{ readonly every: number }, Countdown>({
  name: 'x',
  about: 'x',
  // @ts-expect-error an option without its specification
  options: {},
  rule: () => countdown,
});
// @ts-expect-error a decision has a reason
const silent: Decision = { do: 'compute', until: 1, keep: [], measure: [] };
void silent;

// Reasons, decisions and errors are told apart by their tags.
function thresholdOf(why: Reason): number | undefined {
  if (why.kind === 'above-threshold') return why.threshold;
  // @ts-expect-error only some reasons have a threshold
  return why.threshold;
}
void thresholdOf;
function untilOf(decision: Decision): number | undefined {
  if (decision.do !== 'measure') return decision.until;
  expectTypeOf<typeof decision.do>().toEqualTypeOf<'measure'>();
  return undefined;
}
void untilOf;
declare const caught: unknown;
if (caught instanceof RunError)
  expectTypeOf<typeof caught.code>().toEqualTypeOf<
    'RUN_OPTIONS' | 'RUN_STATE' | 'RUN_ORDER' | 'RUN_ABORTED'
  >();
