import type { Entry } from '../decision.ts';
import { focaAfterComputed, focaAfterForecast, noFoca, type FocaMemory } from './foca.ts';

/** What is known of the past values of an entry. */
export type History = {
  readonly entry: Pick<Entry, 'from' | 'until' | 'form' | 'slot'>;
  /** The first step that was kept; −1 before it. */
  readonly first: number;
  /** The steps that were kept, newest first. */
  readonly steps: readonly number[];
  /** The newest values of FoCa, forecasts among them. */
  readonly foca: FocaMemory;
  /** For each kept step the inner products with itself and its elders, where they were measured. */
  readonly products: readonly (readonly number[] | null)[];
};

/** A rule for the weights of a forecast. */
export interface ForecastMethod {
  /** How many past values it combines at most. */
  readonly depth: number;
  /** True if it needs inner products. */
  readonly products?: true;
  /** True if later forecasts refer to earlier ones. */
  readonly recursive?: true;
  /** Weights over the values of a history that has at least one, newest first. */
  weights(history: History, at: number): readonly number[];
}

/** Nothing kept yet. */
export function noHistory(entry: Entry): History {
  return { entry, first: -1, steps: [], foca: noFoca, products: [] };
}

/**
 * A history after a further value was kept.
 *
 * @param anew - true when the cache forgot, or has other values than the history says: it begins with this one
 * @param row - inner products, if they were measured
 */
export function withValue(
  history: History,
  { depth, recursive }: ForecastMethod,
  value: { readonly step: number; readonly row: readonly number[] | null; readonly anew: boolean },
): History {
  const { step, row, anew } = value;
  const { entry, first, steps, foca, products } = anew ? noHistory(history.entry) : history;
  return {
    entry,
    first: first < 0 ? step : first,
    steps: [step, ...steps].slice(0, depth),
    foca: recursive ? focaAfterComputed(foca, depth) : foca,
    products: row || products.length > 0 ? [row, ...products].slice(0, depth) : products,
  };
}

/** A history after a forecast was used. */
export function withForecast(history: History, step: number): History {
  const [newest] = history.steps;
  if (newest === undefined) return history;
  return { ...history, foca: focaAfterForecast(history.foca, step - newest) };
}
