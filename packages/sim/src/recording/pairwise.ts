import {
  outputOf,
  productsOf,
  type ComputeDecision,
  type Entry,
  type Indicator,
  type Policy,
  type Tap,
} from '@refrain/core';
import { isRecordedWhole } from './taps.ts';

/** What is measured while a run is recorded. */
export interface PairwiseOptions {
  readonly taps: readonly Tap[];
  /** Of sketches of taps inside the stream; 1 for none. */
  readonly stride: number;
  /** Whether sample and output are features too. */
  readonly wholeModel: boolean;
  /** Whether the runner can measure how norms of tokens change. */
  readonly tokenNorms: boolean;
  /** Whether inner products of the whole stack's residual are wanted. */
  readonly products: boolean;
}

/** Measurements of a recording by their names: what of a tap, and against which step. */
export type PairwiseName =
  | { readonly of: 'change'; readonly tap: number; readonly reference: number }
  | { readonly of: 'magnitude'; readonly tap: number }
  | { readonly of: 'elements'; readonly tap: number };

/** The name of the growth of the residual's tokens. */
export const GROWTH = 'growth of the residual';

/**
 * Computes everything and measures each tap against itself at every earlier step. It is a policy, so that a recording
 * is made by the executor like any other run, with all its care for devices, aborts and ranks.
 *
 * @param options - what is measured
 * @param steps - of the run: so many residuals are held for their products
 */
export function pairwise(options: PairwiseOptions, steps: number): Policy<{ readonly length: number }> {
  return {
    id: 'pairwise()',
    granularity: 'step',
    needs: { history: options.products ? steps : 1, ...(options.wholeModel && { model: true }) },
    limits: () => ({ warmUp: steps, tail: steps }),
    init: ({ stream }) => ({ length: stream.length }),
    next: ({ length }, { step }) => decide(options, length, step),
    observe: (state) => state,
  };
}

/** The residual of the whole stack, whose inner products are recorded. */
function stackOf(length: number): Entry {
  return { from: 0, until: length, form: 'residual' };
}

function decide(options: PairwiseOptions, length: number, step: number): ComputeDecision {
  const stack = stackOf(length);
  return {
    do: 'compute',
    until: options.wholeModel ? outputOf(length) : length,
    keep: options.products ? [stack] : [],
    measure: indicatorsAt(options, length, step),
    ...(options.products && { products: [stack] }),
    why: { kind: 'always-compute' },
  };
}

function indicatorsAt(
  { taps, stride, tokenNorms }: PairwiseOptions,
  length: number,
  step: number,
): Indicator[] {
  const growth: Indicator = {
    name: GROWTH,
    tap: { of: 'residual', from: 0, until: length },
    against: 'seen',
    quantity: 'token-norms',
  };
  return [
    ...taps.flatMap((tap, index) => {
      const sketch = stride > 1 && !isRecordedWhole(tap, length) ? { stride } : {};
      return indicatorsOf(tap, index, step, sketch);
    }),
    ...(tokenNorms ? [growth] : []),
  ];
}

function indicatorsOf(
  tap: Tap,
  index: number,
  step: number,
  sketch: { readonly stride?: number },
): Indicator[] {
  const earlier = Array.from({ length: step }, (_, reference): Indicator => ({
    name: nameOf(index, reference),
    tap,
    against: 'frozen',
    ...sketch,
  }));
  // Seen for the first and only time, it becomes the reference of all later steps.
  const now: Indicator = { name: nameOf(index, step), tap, against: 'seen', ...sketch };
  const magnitude: Indicator = {
    name: `${index} magnitude`,
    tap,
    against: 'frozen',
    quantity: 'magnitude',
    ...sketch,
  };
  const whole: Indicator = { name: `${index} elements`, tap, against: 'frozen', quantity: 'magnitude' };
  return [...earlier, now, magnitude, ...(step === 0 ? [whole] : [])];
}

function nameOf(tap: number, reference: number): string {
  return `${tap} against ${reference}`;
}

/** Reads the name of a measurement; undefined for those that do not belong to a tap. */
export function readName(name: string): PairwiseName | undefined {
  const [, tap, of, reference] = /^(\d+) (magnitude|elements|against (\d+))$/.exec(name) ?? [];
  if (tap === undefined || of === undefined) return undefined;
  if (reference !== undefined) return { of: 'change', tap: Number(tap), reference: Number(reference) };
  return { of: of === 'elements' ? 'elements' : 'magnitude', tap: Number(tap) };
}

/** The name under which the inner products of the stack come back. */
export function stackProducts(length: number): string {
  return productsOf(stackOf(length));
}
