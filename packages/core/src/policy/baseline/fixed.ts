import { definePolicy, type PolicyFactory } from '../define.ts';
import { textOption } from '../options.ts';
import { compute, reuse, wholeStack } from '../span.ts';

/** Options of {@link fixed}. */
export interface FixedOptions {
  /** One digit for each step: 1 computes, 0 reuses. Steps after its end are computed. Starts with 1. */
  readonly mask: string;
}

/** What `fixed` remembers: where the stream ends. */
export type FixedState = { readonly length: number };

/**
 * Computes and reuses by a given mask, whatever the content. The residual of the whole stack is reused.
 *
 * @throws PolicyConfigError `POLICY_OPTIONS` when the mask is not made of 0 and 1 or starts with 0
 *
 * @example
 * ```ts
 * fixed({ mask: '1100100100' });
 * ```
 */
export const fixed: PolicyFactory<FixedOptions, FixedState> = definePolicy<FixedOptions, FixedState>({
  name: 'fixed',
  about: 'computes and reuses by a given mask',
  baseline: true,
  options: {
    mask: textOption(
      'one digit a step: 1 computes, 0 reuses',
      '1',
      /^1[01]*$/,
      'digits 0 and 1 that start with 1',
      {
        quoted: true,
      },
    ),
  },
  rule: ({ mask }) => ({
    granularity: 'step',
    needs: { history: 1 },
    limits: ({ steps }) => ({
      warmUp: leadingOnes(mask, steps),
      tail: trailingOnes(mask, steps),
      maxAge: longestReuse(mask),
    }),
    init: (run) => ({ length: run.stream.length }),
    next: ({ length }, { step }) => {
      if (mask[step] === '0') return reuse(length, 'residual', { kind: 'schedule' });
      return compute(
        length,
        { kind: 'schedule' },
        mask[step + 1] === '0' ? wholeStack(length, 'residual') : [],
      );
    },
    observe: (state) => state,
  }),
});

function leadingOnes(mask: string, steps: number): number {
  const zero = mask.indexOf('0');
  return zero < 0 ? steps : Math.min(zero, steps);
}

/** Steps after the end of the mask are computed too. */
function trailingOnes(mask: string, steps: number): number {
  return steps - 1 - mask.slice(0, steps).lastIndexOf('0');
}

function longestReuse(mask: string): number {
  return Math.max(0, ...mask.split('1').map((zeros) => zeros.length));
}
