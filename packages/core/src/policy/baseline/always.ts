import { definePolicy, type NoOptions, type PolicyFactory } from '../define.ts';
import { compute, reuse, wholeStack } from '../span.ts';

/** What `always` remembers: where the stream ends, and whether anything was computed yet. */
export type AlwaysState = { readonly length: number; readonly computed: boolean };

/**
 * Computes the first step and reuses its residual at every later one: the upper bound of what step-level reuse can
 * save, and the lower bound of quality. Nobody wants its pictures.
 */
export const always: PolicyFactory<NoOptions, AlwaysState> = definePolicy<NoOptions, AlwaysState>({
  name: 'always',
  about: 'computes the first step only: the bound of what reuse can save',
  baseline: true,
  options: {},
  rule: () => ({
    granularity: 'step',
    needs: { history: 1 },
    limits: () => ({ warmUp: 1, tail: 0 }),
    init: (run) => ({ length: run.stream.length, computed: false }),
    next: ({ length, computed }) =>
      computed
        ? reuse(length, 'residual', { kind: 'schedule' })
        : compute(length, { kind: 'first' }, wholeStack(length, 'residual')),
    observe: (state, seen) => (seen.did === 'computed' ? { ...state, computed: true } : state),
  }),
});
