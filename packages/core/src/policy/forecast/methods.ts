import { dmdWeights, FEWEST, gramOf, uniformSteps, type DmdFit } from './dmd.ts';
import { focaWeights } from './foca.ts';
import type { ForecastMethod, History } from './history.ts';
import { taylorWeights, type TaylorRule } from './taylor.ts';

/** Taylor forecasts. `start` may depend on the first value that was kept. */
export function taylorMethod(order: number, start: (history: History) => number): ForecastMethod {
  return {
    depth: order + 1,
    weights: (history, at) => taylorWeights(history.steps, at, { order, start: start(history), lag: 1 }),
  };
}

/** FoCa's recursion. The values behind `depth` weigh little: at most 0.5625 to the power of their number. */
export function focaMethod(depth: number): ForecastMethod {
  return {
    depth,
    recursive: true,
    weights: ({ foca, steps }, at) => focaWeights(foca, at - (steps[0] ?? at)),
  };
}

/**
 * Dynamic mode decomposition, and a Taylor forecast where fewer than four equally spaced values are there. Where no
 * propagator can be fitted, the newest value is used as it is.
 */
export function dmdMethod(
  depth: number,
  fit: DmdFit,
  fallback: (history: History) => TaylorRule,
): ForecastMethod {
  return {
    depth,
    products: true,
    weights(history, at) {
      const steps = uniformSteps(history.steps);
      const [newest = 0, second = 0] = steps;
      const products = gramOf(history.products, steps.length);
      if (steps.length < FEWEST || !products) return taylorWeights(history.steps, at, fallback(history));
      return dmdWeights(products, (at - newest) / (newest - second), fit) ?? [1];
    },
  };
}
