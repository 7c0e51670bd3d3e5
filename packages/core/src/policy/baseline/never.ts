import { definePolicy, type NoOptions, type PolicyFactory } from '../define.ts';
import { compute } from '../span.ts';

/** What `never` remembers: where the stream ends. */
export type NeverState = { readonly length: number };

/**
 * Computes everything: the baseline. Its output is bit-identical to that of the bare runner.
 *
 * @example
 * ```ts
 * const plain = refrain(runner, never());
 * ```
 */
export const never: PolicyFactory<NoOptions, NeverState> = definePolicy<NoOptions, NeverState>({
  name: 'never',
  about: 'computes everything: the baseline',
  baseline: true,
  options: {},
  rule: () => ({
    granularity: 'step',
    needs: { history: 0 },
    limits: (run) => ({ warmUp: run.steps, tail: run.steps, maxAge: 0 }),
    init: (run) => ({ length: run.stream.length }),
    next: (state) => compute(state.length, { kind: 'always-compute' }),
    observe: (state) => state,
  }),
});
