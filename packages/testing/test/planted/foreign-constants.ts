import { compute, reuse, type Policy } from '@refrain/core';
import {
  decide,
  faulty,
  schedule,
  sound,
  THRESHOLD,
  type PlantedPolicy,
  type State,
} from './faulty-policies.ts';

/** A grid that published constants were made for. */
const GRID = 28;

/** Faults of policies that were made for one model, one schedule or one run, and meet another. */
export const foreignConstants: readonly PlantedPolicy[] = [
  {
    fault: 'a guard is looked up on a grid of 28 steps, by a division that a run of one step makes by zero',
    from: 'MagCache FLUX, the "11" guard: round(step · 27 / (steps − 1)) = 11',
    caughtBy: ['fail-safe'],
    make: () =>
      faulty({
        id: 'guard-by-grid',
        next(state, at) {
          const value = (at.step * (GRID - 1)) / (state.steps - 1);
          const sane = decide(state, at);
          if (sane.do === 'measure' || Math.round(value) === 11) return sane;
          return { ...sane, why: { kind: 'below-threshold', value, threshold: THRESHOLD } };
        },
      }),
  },
  {
    fault: 'the step that must be computed is one of a run of 28',
    from: 'MagCache FLUX, the "11" guard; TeaCache, num_steps that is not the sampler’s',
    caughtBy: ['windows'],
    make: () =>
      faulty({
        id: 'tail-of-28',
        next: (state, at) => decide({ ...state, steps: GRID }, at),
      }),
  },
  {
    fault: 'it crashes on models of another pattern',
    from: 'cache-dit DBPrune at HEAD: patterns 3, 4 and 5 end in a TypeError',
    caughtBy: ['accounted', 'exact-when-off'],
    make: () =>
      faulty({
        id: 'one-pattern-only',
        next(state, at) {
          if (state.length % 2 === 0) throw new TypeError('takes 2 positional arguments but 3 were given');
          return decide(state, at);
        },
      }),
  },
  {
    fault: 'what was worked out for one run is remembered for all of the same model',
    from: 'cache-dit DBPrune, non-prune ids in an lru_cache by the number of blocks',
    caughtBy: ['windows', 'nothing-from-nothing', 'accounted'],
    make() {
      const known = new Map<number, number>();
      return faulty({
        id: 'remembered-by-length',
        init(run) {
          const state = sound.init(run);
          const steps = known.get(state.length) ?? state.steps;
          known.set(state.length, steps);
          return { ...state, steps };
        },
      });
    },
  },
  {
    fault: 'the first distance is zero, and a forecast divides by it',
    from: 'TaylorSeer, whose list of computed steps begins with step 0 twice',
    caughtBy: ['nothing-from-nothing', 'accounted'],
    make: () =>
      faulty({
        id: 'zero-distance',
        needs: { history: 2 },
        next(state, at) {
          const sane = decide(state, at);
          if (sane.do !== 'reuse') return sane;
          const distance = at.step > 3 ? 1 : 0;
          return { ...sane, weights: [1 + 1 / distance, -1 / distance] };
        },
      }),
  },
  {
    fault: 'every step is kept under a name of its own, so that windows grow without bound',
    from: 'DiCache FLUX, residual windows',
    caughtBy: ['bounded-memory'],
    make: () =>
      faulty({
        id: 'growing-window',
        next(state, at) {
          const { length } = state;
          const slot = `residual of step ${at.step}`;
          const keep = [{ from: 0, until: length, form: 'residual' as const }];
          const decision = decide(state, at);
          return decision.do === 'compute'
            ? { ...decision, keep: [...keep, { ...keep[0]!, slot }] }
            : decision;
        },
      }),
  },
  {
    fault: 'it decides by what the run before showed at the next step',
    from: 'MagCache, ratios calibrated on one run and looked up in another',
    caughtBy: ['causal', 'pure', 'isolated'],
    make() {
      const seen = new Map<number, number | null>();
      return faulty({
        id: 'by-the-last-run',
        next(state, at) {
          const ahead = seen.get(at.step + 1) ?? null;
          const decision = decide(state, at);
          return decision.do === 'reuse' && ahead !== null && ahead >= THRESHOLD
            ? compute(state.length, schedule, [{ from: 0, until: state.length, form: 'residual' }])
            : decision;
        },
        observe(state, observed) {
          const after: State = sound.observe(state, observed);
          if (observed.did === 'measured') seen.set(observed.step, after.change);
          return after;
        },
      });
    },
  },
  {
    fault: 'a larger threshold reuses later: the change goes through a polynomial that is negative',
    from: 'TeaCache, published coefficients whose accumulator falls',
    caughtBy: ['first-trigger'],
    capabilities: { monotone: true },
    make: () => falling(THRESHOLD),
  },
];

/** Reuses while twice the threshold minus the change is above it: the smaller the threshold, the sooner. */
function falling(threshold: number): Policy {
  return {
    ...faulty({
      id: `falling(${threshold})`,
      next(state, at) {
        const decision = decide({ ...state, change: 0 }, at);
        const { change, length, looked } = state;
        if (decision.do !== 'reuse' || looked !== at.step || change === null) return decision;
        return change > threshold
          ? reuse(length, 'residual', schedule)
          : compute(length, schedule, [{ from: 0, until: length, form: 'residual' }]);
      },
    }),
    threshold,
    withThreshold: falling,
  };
}
