import { refrain, type Policy, type Run, type RunOptions, type StepPlace, type Sums } from '@refrain/core';
import type { Executor, Tracked, TrackedRunner } from '../../src/index.ts';

/** An executor with a fault that is known from another project, and the laws that may catch it. */
export interface PlantedExecutor {
  readonly fault: string;
  readonly from: string;
  readonly caughtBy: readonly string[];
  readonly make: () => Executor;
}

type AnyRunner = Parameters<Executor>[0];
type AnyModel = ReturnType<typeof refrain<unknown, object, unknown>>;

/** The laws run their executor on tracked runners only. */
export function executor(make: (runner: TrackedRunner, policy: Policy) => AnyModel): Executor {
  return ((runner: unknown, policy: Policy) => make(runner as TrackedRunner, policy)) as unknown as Executor;
}

/** What Refrain makes of them. */
export function original(runner: unknown, policy: Policy): AnyModel {
  return refrain(runner as AnyRunner, policy);
}

/** The same run, with something else done at a step. */
export function wrapped(
  run: Run<unknown, unknown>,
  step: Run<unknown, unknown>['step'],
): Run<unknown, unknown> {
  return {
    step,
    guided: (inputs, place) => run.guided(inputs, place),
    report: () => run.report(),
    end: () => run.end(),
  };
}

const nextBranch = (place: StepPlace, branches: readonly string[]): StepPlace => {
  const at = branches.indexOf(place.branch ?? '');
  return at < 0 ? place : { ...place, branch: branches[(at + 1) % branches.length] ?? '' };
};

/** Faults of executors. */
export const faultyExecutors: readonly PlantedExecutor[] = [
  {
    fault: 'late refresh: the first pass of a generation is served by the run before',
    from: 'cache-dit, implicit refresh one call late',
    caughtBy: ['isolated'],
    make: () =>
      executor((runner, policy) => {
        const model = original(runner, policy);
        let last: unknown;
        return {
          ...model,
          start(options: RunOptions) {
            const run = model.start(options);
            const stale = last;
            return wrapped(run, async (input, place) => {
              const output = await run.step(input, place);
              last = output;
              return stale !== undefined && place.step === 0 ? stale : output;
            });
          },
        };
      }),
  },
  {
    fault: 'swapped branches from the second generation on',
    from: 'cache-dit, CFG by parity in transformer-only mode',
    caughtBy: ['isolated'],
    make: () =>
      executor((runner, policy) => {
        const model = original(runner, policy);
        let runs = 0;
        return {
          ...model,
          start(options: RunOptions) {
            const swapped = runs++ > 0;
            const run = model.start(options);
            const { branches = [] } = options;
            return wrapped(run, (input, place) =>
              run.step(input, swapped ? nextBranch(place, branches) : place),
            );
          },
        };
      }),
  },
  {
    fault: 'a run that was aborted or ended leaves its cache behind',
    from: 'T-GATE, self.cache is never cleared; stale PAB caches',
    caughtBy: ['isolated', 'bounded-memory', 'never-inert'],
    make: () =>
      executor((runner, policy) => {
        const { ledger } = runner;
        const model = original(runner, policy);
        return {
          ...model,
          start(options: RunOptions) {
            const run = model.start(options);
            return wrapped(run, async (input, place) => {
              const output = await run.step(input, place);
              if (place.step === 0) ledger.make([0]);
              return output;
            });
          },
        };
      }),
  },
  {
    fault: 'a shape mismatch goes unnoticed: features are put together element by element as far as they go',
    from: 'diffusers MagCache returns the input; residuals are added to the last tokens',
    caughtBy: ['fail-safe'],
    make: () =>
      executor((runner, policy) => {
        const { ops, ledger } = runner;
        const blind: TrackedRunner = {
          ...runner,
          ops: {
            ...ops,
            shape: () => 'any',
            subtract: (a, b) =>
              ledger.make(ledger.read(a).map((value, at) => value - (ledger.read(b)[at] ?? 0))),
            combine: (terms) =>
              ledger.make(summed(terms.map(({ weight, feature }) => [weight, ledger.read(feature)]))),
            relativeL1: (pairs) =>
              pairs.map(({ current, reference }) => sums(ledger.read(current), ledger.read(reference))),
          },
        };
        return original(blind, policy);
      }),
  },
  {
    fault: 'in-place blocks: the residual that is kept is zero',
    from: 'sglang PR#33827, Comfy-WaveSpeed PR#149',
    caughtBy: ['nothing-from-nothing'],
    make: () =>
      executor((runner, policy) => {
        const { ops, ledger } = runner;
        const zero = (a: Tracked): Tracked => ledger.make(ledger.read(a).map(() => 0));
        return original({ ...runner, ops: { ...ops, subtract: zero } }, policy);
      }),
  },
  {
    fault: 'caching off is not off: the executor rounds what goes through it',
    from: 'wrapped models that differ from the bare one',
    caughtBy: ['exact-when-off', 'nothing-from-nothing'],
    make: () =>
      executor((runner, policy) => {
        const model = original(runner, policy);
        return {
          ...model,
          start(options: RunOptions) {
            const run = model.start(options);
            return wrapped(run, async (input, place) =>
              ((await run.step(input, place)) as number[]).map((value) => Math.fround(value * 1.0001)),
            );
          },
        };
      }),
  },
  {
    fault: 'a silent no-op: nothing is reused, and no warning says so',
    from: 'vllm-omni PR#7335, a context sized by a one-step warm-up',
    caughtBy: ['never-inert'],
    make: () =>
      executor((runner, policy) => {
        const model = original(runner, policy);
        return {
          ...model,
          start(options: RunOptions) {
            const run = model.start(options);
            const quiet = (): ReturnType<typeof run.report> => {
              const report = run.report();
              return { ...report, warnings: report.warnings.filter(({ code }) => code !== 'never-reused') };
            };
            return { ...wrapped(run, run.step.bind(run)), report: quiet };
          },
        };
      }),
  },
  {
    fault: 'each rank decides by its own shard',
    from: 'diffusers first-block cache; xDiT PR#741',
    caughtBy: ['shard-free'],
    make: () =>
      executor((runner, policy) => {
        const model = original(runner, policy);
        return {
          ...model,
          start: ({ reduceSums, ...options }: RunOptions) =>
            model.start({
              ...options,
              ...(reduceSums && { reduceSums: async (own) => (await reduceSums(own), own) }),
            }),
        };
      }),
  },
  {
    fault: 'skips are counted twice for samplers with two calls a step',
    from: 'Comfy-Org/ComfyUI#9594, Heun',
    caughtBy: ['accounted'],
    make: () =>
      executor((runner, policy) => {
        const model = original(runner, policy);
        return {
          ...model,
          start(options: RunOptions) {
            const run = model.start(options);
            const counted = (): ReturnType<typeof run.report> => {
              const report = run.report();
              return { ...report, reuseRate: report.reuseRate * (options.callsPerStep ?? 1) };
            };
            return { ...wrapped(run, run.step.bind(run)), report: counted };
          },
        };
      }),
  },
];

function summed(terms: readonly (readonly [number, readonly number[]])[]): readonly number[] {
  const [first = [1, []] as const, ...rest] = terms;
  return first[1].map((value, at) =>
    rest.reduce((sum, [weight, numbers]) => sum + weight * (numbers[at] ?? 0), value * first[0]),
  );
}

function sums(current: readonly number[], reference: readonly number[]): Sums {
  const common = reference.slice(0, current.length);
  const numerator = common.reduce((sum, value, at) => sum + Math.abs((current[at] ?? 0) - value), 0);
  const denominator = common.reduce((sum, value) => sum + Math.abs(value), 0);
  return { numerator, denominator, count: common.length };
}
