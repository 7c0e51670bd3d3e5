import { autoOption } from '../auto-option.ts';
import { choiceOption, integerOption, numberOption } from '../options.ts';
import type { EigenSolver } from '../forecast/eigen.ts';
import { forecasting, type ForecastMemory } from '../forecast/forecasting.ts';
import type { ForecastMethod, History } from '../forecast/history.ts';
import { dmdMethod, focaMethod, taylorMethod } from '../forecast/methods.ts';
import { combination, onlyOf, type CombinedState } from './combination.ts';
import { defineCombinator, type CombinatorFactory } from './define.ts';

/** Options of {@link forecast}. */
export interface ForecastOptions {
  /** Taylor polynomials, FoCa's recursion, or dynamic mode decomposition, which needs {@link forecastWith}. */
  readonly method: 'taylor' | 'foca' | 'dmd';
  /** The highest derivative of Taylor forecasts, also of those that DMD falls back to. 0 reuses values as they are. */
  readonly order: number;
  /**
   * From which step on derivatives are taken: cache-dit's calibrator counts one step late, from the fourth; ParaAttention
   * from the third; TaylorSeer's own code, as diffusers, as soon as there are two values. Where DMD falls back to a Taylor
   * forecast, cache-dit takes the difference with the value before the last, and divides it by the distance of the last:
   * a fault, which only `cache-dit` has here.
   */
  readonly rule: 'cache-dit' | 'para-attention' | 'official';
  /** How many past values FoCa and DMD combine. `auto`: 8 and 6. */
  readonly history: number | 'auto';
  /** Singular values that DMD uses; 0 takes those above 10⁻⁴ of the greatest. */
  readonly rank: number;
  /** Added to the singular values that DMD divides by. */
  readonly ridge: number;
}

/**
 * Lets a policy decide when to reuse, and puts a forecast in the place of the newest value: a linear combination of the
 * past values of the same entry, with weights that follow from the steps at which they were computed.
 *
 *     plain reuse: v(s_n)        forecast: Σ_k w_k(s) · v(s_{n−k})
 *
 * - `taylor` (TaylorSeer, arXiv 2503.06923; cache-dit f86744af, ParaAttention 4de137c): a Taylor polynomial;
 * - `foca` (arXiv 2508.16211; cache-dit): a recursion over forecasts, see {@link focaWeights};
 * - `dmd` (cache-dit): a linear propagator fitted to the inner products of the past values, see {@link dmdWeights}.
 *
 * Defaults are cache-dit's: order 1, 6 values and a ridge of 10⁻⁸ for DMD. Its FoCa remembers forecasts as tensors; here
 * they are combinations of computed values, of which 8 are held, and what older ones would add goes to the oldest.
 *
 * @example
 * ```ts
 * forecast({ order: 2 }, fora({ interval: 4 }));
 * ```
 */
export const forecast: CombinatorFactory<ForecastOptions, CombinedState<ForecastMemory>> = makeForecast();

/**
 * The combinator {@link forecast} with dynamic mode decomposition. Give it to {@link parsePolicy} as a factory, and ids
 * may ask for `forecast(…,method=dmd)`.
 *
 * @param tools - finds eigenvalues, for example by `EigenvalueDecomposition` of the package ml-matrix
 *
 * @example
 * ```ts
 * const withDmd = forecastWith({
 *   eigen(matrix) {
 *     const { realEigenvalues, imaginaryEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix);
 *     return { real: realEigenvalues, imaginary: imaginaryEigenvalues, vectors: eigenvectorMatrix.to2DArray() };
 *   },
 * });
 * ```
 */
export function forecastWith(tools: {
  readonly eigen: EigenSolver;
}): CombinatorFactory<ForecastOptions, CombinedState<ForecastMemory>> {
  return makeForecast(tools.eigen);
}

function makeForecast(
  eigen?: EigenSolver,
): CombinatorFactory<ForecastOptions, CombinedState<ForecastMemory>> {
  return defineCombinator<ForecastOptions, CombinedState<ForecastMemory>>({
    name: 'forecast',
    about: 'forecasts what a policy reuses from several past values (TaylorSeer, FoCa, DMD)',
    options: {
      method: choiceOption('how values are forecast', ['taylor', 'foca', 'dmd'], 'taylor', { quoted: true }),
      order: integerOption('the highest derivative', 1, { min: 0, max: 3, quoted: true }),
      rule: choiceOption(
        'from which step on derivatives are taken',
        ['cache-dit', 'para-attention', 'official'],
        'cache-dit',
      ),
      history: autoOption(integerOption('past values that foca and dmd combine', 6, { min: 2, max: 64 })),
      rank: integerOption('singular values that dmd uses; 0 finds out', 0, { min: 0 }),
      ridge: numberOption('added to the singular values that dmd divides by', 1e-8, { min: 0 }),
    },
    combines: { min: 1, max: 1 },
    check: ({ method }) =>
      method !== 'dmd' || eigen
        ? []
        : [{ option: 'method', message: 'dmd needs an eigenvalue solver: use forecastWith({ eigen })' }],
    rule: (options, policies) =>
      combination(policies, forecasting(onlyOf(policies), methodOf(options, eigen))),
  });
}

function methodOf(options: ForecastOptions, eigen?: EigenSolver): ForecastMethod {
  const { method, order, history, rank, ridge } = options;
  if (method === 'foca') return focaMethod(history === 'auto' ? 8 : history);
  const start = ({ first }: History): number => startOf(options.rule, first);
  if (method === 'taylor' || !eigen) return taylorMethod(order, start);
  return dmdMethod(history === 'auto' ? 6 : history, { rank, ridge, eigen }, (past) => ({
    order,
    start: start(past),
    lag: options.rule === 'cache-dit' ? 2 : 1,
  }));
}

/** cache-dit creates its calibrator with the first value, after the step was counted, so it counts from there. */
function startOf(rule: ForecastOptions['rule'], first: number): number {
  if (rule === 'official') return 0;
  return rule === 'cache-dit' ? first + 3 : 2;
}
