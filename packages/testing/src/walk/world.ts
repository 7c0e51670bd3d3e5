import type { Indicator, Measurement, Position } from '@refrain/core';
import type { IndicatorTrace } from '../cases/traces.ts';

/** Where a walk gets its numbers from: what an indicator shows in a pass. */
export interface World {
  /** What comes of measuring an indicator. */
  measure(indicator: Indicator, at: Position): Measurement;
  /** Inner products of an entry that was just kept with its history, the newest first. */
  products(history: number, at: Position): Measurement;
}

/** The world of a trace, from which others can branch off. */
export interface TraceWorld extends World {
  /** A world in which the same was seen so far, and which shows another trace from now on. */
  fork(trace: IndicatorTrace): TraceWorld;
}

/**
 * A world in which every indicator shows what a trace says of the step. Before something was seen there is nothing to
 * compare with, as in a run.
 *
 * @param trace - ratios, one a step
 * @param scale - of both sums of a ratio
 */
export function traceWorld(trace: IndicatorTrace, scale = 1): TraceWorld {
  return worldAfter(new Set(), trace, scale);
}

/** @param seen - what was measured before, which is something to compare with */
function worldAfter(seen: Set<string>, trace: IndicatorTrace, scale: number): TraceWorld {
  return {
    fork: (other) => worldAfter(new Set(seen), other, scale),
    measure({ name, against, quantity = 'change' }, { step, branch, call }) {
      const value = trace[step] ?? 0;
      const compared = quantity === 'change' || quantity === 'token-norms';
      if (compared) {
        const key = `${branch} ${call} ${name}`;
        if (!seen.has(key)) {
          if (against !== 'frozen') seen.add(key);
          return { kind: 'no-reference' };
        }
        if (value === 'no-reference' || value === 'shape-changed') return { kind: value };
      }
      if (value === 'zero-reference') return { kind: 'sums', numerator: scale, denominator: 0, count: 1 };
      const ratio = typeof value === 'number' ? value : Number.NaN;
      // A magnitude is divided by the number of elements, which does not grow with them.
      const denominator = quantity === 'magnitude' ? 1 : scale;
      return { kind: 'sums', numerator: ratio * scale, denominator, count: 1 };
    },
    products(history, { step }) {
      const value = trace[step];
      const product = typeof value === 'number' ? value : Number.NaN;
      return { kind: 'products', values: Array.from({ length: history }, (_, age) => product / (1 + age)) };
    },
  };
}
