// A policy with a subtle fault, for `refrain fuzz` to find: see docs/fuzzing/find-a-fault.md. It reuses a step while its input
// has changed little, and promises to use no entry for more than two steps in a row.
import {
  compute,
  definePolicy,
  integerOption,
  numberOption,
  readRatio,
  reuse,
  type Indicator,
} from '@refrain/core';

const input: Indicator = { name: 'input', tap: { of: 'stream', at: 0 }, against: 'computed' };

type State = {
  readonly length: number;
  readonly looked: number;
  readonly change: number | null;
  readonly reused: number;
};

/** Reuses while the change stays below a threshold, at most so many steps in a row. */
export const patient = definePolicy<{ readonly threshold: number; readonly most: number }, State>({
  name: 'patient',
  about: 'reuses a step while its input stays near that of the last computed step',
  options: {
    threshold: numberOption('reuse below this change', 0.1, { min: 0 }),
    most: integerOption('reused steps in a row', 2, { min: 1, max: 20 }),
  },
  rule: ({ threshold, most }) => ({
    granularity: 'step',
    needs: { history: 1 },
    limits: () => ({ warmUp: 1, tail: 0, maxAge: most }),
    init: ({ stream }) => ({ length: stream.length, looked: -1, change: null, reused: 0 }),
    next({ length, looked, change, reused }, { step }) {
      if (looked !== step) return { do: 'measure', what: [input], why: { kind: 'look' } };
      const keep = [{ from: 0, until: length, form: 'residual' }] as const;
      if (change === null) return compute(length, { kind: 'no-indicator', because: 'no-reference' }, keep);
      if (change >= threshold)
        return compute(length, { kind: 'above-threshold', value: change, threshold }, keep);
      if (reused >= most) return compute(length, { kind: 'age-limit', age: reused, limit: most }, keep);
      return reuse(length, 'residual', { kind: 'below-threshold', value: change, threshold });
    },
    observe(state, { did, step, measured }) {
      if (did === 'measured') {
        const reading = readRatio(measured['input']);
        // The fault: where nothing could be read, the last reading is kept, and a small one goes on meaning "reuse".
        return { ...state, looked: step, change: reading.usable ? reading.value : state.change };
      }
      return { ...state, reused: did === 'reused' ? state.reused + 1 : 0 };
    },
  }),
});
