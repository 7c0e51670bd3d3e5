import { compute, never, readRatio, reuse, type Decision, type Policy } from '@refrain/core';
import type { PolicyCapabilities } from '../../src/index.ts';

/** What a fault changes in a sound policy. */
export type Sabotage = Partial<Policy<State>> & { readonly id: string };

/** The state of the sound policy. */
export type State = {
  readonly length: number;
  readonly steps: number;
  readonly looked: number;
  readonly change: number | null;
  readonly because: 'no-reference' | 'shape-changed' | 'zero-reference' | 'not-finite';
  readonly reused: number;
};

/** Below it the sound policy reuses. */
export const THRESHOLD = 0.1;
const MOST = 2;
const input = { name: 'input', tap: { of: 'stream', at: 0 }, against: 'computed' } as const;

/** Reuses a step while its input has changed little, twice in a row at most, never the first two steps or the last one. */
export const sound: Policy<State> = {
  id: 'sound',
  granularity: 'step',
  needs: { history: 1 },
  limits: ({ steps }) => ({ warmUp: Math.min(2, steps), tail: 1, maxAge: MOST }),
  init: ({ stream, steps }) => ({
    length: stream.length,
    steps,
    looked: -1,
    change: null,
    because: 'no-reference',
    reused: 0,
  }),
  next: decide,
  observe(state, { did, step, measured }) {
    if (did !== 'measured') return { ...state, reused: did === 'reused' ? state.reused + 1 : 0 };
    const reading = readRatio(measured['input']);
    return reading.usable
      ? { ...state, looked: step, change: reading.value }
      : { ...state, looked: step, change: null, because: reading.because };
  },
};

/** The decision of the sound policy. */
export function decide(state: State, { step }: { readonly step: number }): Decision {
  const { length, steps, looked, change, because, reused } = state;
  const keep = [{ from: 0, until: length, form: 'residual' }] as const;
  if (looked !== step) return { do: 'measure', what: [input], why: { kind: 'look' } };
  if (step < 2) return compute(length, { kind: 'warm-up', until: 2 }, keep);
  if (step >= steps - 1) return compute(length, { kind: 'tail', from: steps - 1 }, keep);
  if (change === null) return compute(length, { kind: 'no-indicator', because }, keep);
  if (change >= THRESHOLD)
    return compute(length, { kind: 'above-threshold', value: change, threshold: THRESHOLD }, keep);
  if (reused >= MOST) return compute(length, { kind: 'age-limit', age: reused, limit: MOST }, keep);
  return reuse(length, 'residual', { kind: 'below-threshold', value: change, threshold: THRESHOLD });
}

/** The sound policy with a fault in it. */
export function faulty(sabotage: Sabotage): Policy {
  return { ...sound, ...sabotage };
}

/** A reason that says nothing. */
export const schedule = { kind: 'schedule' } as const;

/** A policy with a fault that is known from another project, and the laws that may catch it. */
export interface PlantedPolicy {
  readonly fault: string;
  readonly from: string;
  readonly caughtBy: readonly string[];
  /** What it claims. */
  readonly capabilities?: PolicyCapabilities;
  /** A new one each time: what it leaks stays its own. */
  readonly make: () => Policy;
}

/** Faults of policies. */
export const faultyPolicies: readonly PlantedPolicy[] = [
  {
    fault: 'NaN reuses for ever: it computes when the change is greater, and NaN is not',
    from: 'diffusers first-block cache',
    caughtBy: ['fail-safe'],
    make: () =>
      faulty({
        id: 'nan-reuses',
        next(state, at) {
          const sane = decide(state, at);
          const nan =
            sane.do === 'compute' && sane.why.kind === 'no-indicator' && state.because !== 'no-reference';
          return nan ? reuse(state.length, 'residual', schedule) : sane;
        },
      }),
  },
  {
    fault: 'the first step is skipped on an empty cache',
    from: 'cache-dit, implicit refresh one call late',
    caughtBy: ['nothing-from-nothing', 'asks-for-what-is-there', 'windows'],
    make: () =>
      faulty({
        id: 'first-step-skip',
        next: (state, at) => (at.step === 0 ? reuse(state.length, 'residual', schedule) : decide(state, at)),
      }),
  },
  {
    fault: 'a counter that lives outside the state goes on counting into the next generation',
    from: 'TeaCache, class attributes; MagCache Qwen, leaked accumulators',
    caughtBy: ['pure', 'isolated'],
    make() {
      let calls = 0;
      return faulty({
        id: 'leaking-counter',
        next(state, at) {
          const { length } = state;
          calls += 1;
          const keep = [{ from: 0, until: length, form: 'residual' }] as const;
          return at.step > 1 && at.step < state.steps - 1 && calls % 2 === 0
            ? reuse(length, 'residual', schedule)
            : compute(length, schedule, keep);
        },
      });
    },
  },
  {
    fault: 'answering changes the state: asking twice is not asking once',
    from: 'cache-dit can_cache resets a counter while it answers',
    caughtBy: ['pure'],
    make: () =>
      faulty({
        id: 'answer-counts',
        next(state, at) {
          const mutable = state as { reused: number };
          const decision = decide(state, at);
          if (decision.do === 'reuse') mutable.reused += 1;
          return decision;
        },
        observe: (state, seen) => (seen.did === 'reused' ? state : sound.observe(state, seen)),
      }),
  },
  {
    fault: 'the count of reuses in a row is reset by a look, so that the limit is never met',
    from: 'cache-dit, continuous counter that misses do not reset',
    caughtBy: ['bounded-age', 'asks-for-what-is-there'],
    make: () =>
      faulty({
        id: 'counter-never-full',
        observe: (state, seen) => ({ ...sound.observe(state, seen), reused: 0 }),
      }),
  },
  {
    fault: 'off by one: it reuses once more than it states',
    from: 'xDiT TeaCache, counters that do not advance on the first call',
    caughtBy: ['bounded-age', 'asks-for-what-is-there'],
    make: () =>
      faulty({
        id: 'once-more',
        next: (state, at) => decide({ ...state, reused: Math.max(0, state.reused - 1) }, at),
      }),
  },
  {
    fault: 'the warm-up is one step short',
    from: 'cache-dit, `<` where its docstring says `<=`',
    caughtBy: ['windows'],
    make: () => faulty({ id: 'short-warm-up', limits: () => ({ warmUp: 3, tail: 1, maxAge: MOST }) }),
  },
  {
    fault: 'the last step lands on the first one of the next generation',
    from: 'xDiT TeaCache, the "last" slot',
    caughtBy: ['windows'],
    make: () =>
      faulty({
        id: 'no-last-step',
        next: (state, at) => decide({ ...state, steps: state.steps + 1 }, at),
      }),
  },
  {
    fault: 'the branch is guessed from odd and even calls',
    from: 'cache-dit mark_step_begin; conditional and unconditional swap roles',
    caughtBy: ['isolated', 'pure', 'asks-for-what-is-there', 'nothing-from-nothing'],
    make() {
      let calls = 0;
      return faulty({
        id: 'branch-by-parity',
        next(state, at) {
          calls += 1;
          const first = calls % 2 === 1;
          const keep = [{ from: 0, until: state.length, form: 'residual' }] as const;
          return first || at.step < 2 || at.step >= state.steps - 1
            ? compute(state.length, schedule, keep)
            : reuse(state.length, 'residual', schedule);
        },
      });
    },
  },
  {
    fault: 'a constant in the denominator decides on small features',
    from: "vllm-omni's TeaCache (1e-8), stable-diffusion.cpp (1e-6)",
    caughtBy: ['scale-free'],
    make: () =>
      faulty({
        id: 'absolute',
        observe(state, seen) {
          const measurement = seen.measured['input'];
          if (seen.did !== 'measured' || measurement?.kind !== 'sums') return sound.observe(state, seen);
          const { numerator, denominator, count } = measurement;
          const change = numerator / (denominator + count);
          return Number.isFinite(change) && denominator > 0
            ? { ...state, looked: seen.step, change }
            : { ...state, looked: seen.step, change: null, because: 'not-finite' };
        },
      }),
  },
  {
    fault: 'a count of runs that all of them share decides where the next one starts',
    from: 'MagCache Wan2.2, a class-level step counter of both experts',
    caughtBy: ['pure', 'isolated'],
    make() {
      let runs = 0;
      return faulty({
        id: 'shared-between-runs',
        init: (run) => ({ ...sound.init(run), reused: runs++ % 2 }),
      });
    },
  },
  {
    fault: 'a silent no-op: it remembers nothing and is believed to cache',
    from: 'mold#801, a default that never fired once in 20 steps',
    caughtBy: ['never-inert'],
    make: () => ({ ...never(), id: 'no-op', needs: { history: 1 }, limits: () => ({ warmUp: 0, tail: 0 }) }),
  },
  {
    fault: 'a span that ends behind the stream, and one that never ends',
    from: 'diffusers MagCache, block indexes of another model',
    caughtBy: ['accounted'],
    make: () =>
      faulty({
        id: 'beyond-the-end',
        next: (state: State) => compute(state.length + 1, schedule),
      }),
  },
  {
    fault: 'its state cannot go through JSON',
    from: 'tensors kept in policy state (all hook-based peers)',
    caughtBy: ['pure'],
    make: () =>
      faulty({
        id: 'map-in-state',
        init: (run) => ({ ...sound.init(run), memory: new Map([[0, 1]]) }) as unknown as State,
        next(state, at) {
          const { memory } = state as unknown as { readonly memory: ReadonlyMap<number, number> };
          return memory instanceof Map ? decide(state, at) : compute(state.length, schedule);
        },
      }),
  },
  {
    fault: 'a reason with a number that is none',
    from: 'cache-dit records −0.0, −1.0 and −2.0 as differences',
    caughtBy: ['fail-safe'],
    make: () =>
      faulty({
        id: 'nan-reason',
        next(state, at) {
          const sane = decide(state, at);
          const why = { kind: 'above-threshold', value: Number.NaN, threshold: THRESHOLD } as const;
          return sane.do === 'compute' && sane.why.kind === 'no-indicator' ? { ...sane, why } : sane;
        },
      }),
  },
];
