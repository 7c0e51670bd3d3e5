import type { Kernel } from '../gpu/kernel.ts';
import { sumSource } from './sum.ts';

/** The mean of each row. */
export function meanKernel(width: number): Kernel {
  return {
    operation: 'row-mean',
    constants: { width },
    source: `function rowMean(x) {
      const row = this.thread.x;
      let sum = 0;
      ${sumSource(width, 'i', (i) => `x[row][${i}]`)}
      return sum / ${width};
    }`,
  };
}

/** One over the standard deviation of each row, whose mean is known. */
export function inverseDeviationKernel(width: number, epsilon: number): Kernel {
  return {
    operation: 'row-inverse-deviation',
    constants: { width, epsilon },
    source: `function rowInverseDeviation(x, means) {
      const row = this.thread.x;
      const mean = means[row];
      let sum = 0;
      ${sumSource(width, 'i', (i) => `(x[row][${i}] - mean) * (x[row][${i}] - mean)`)}
      return 1 / Math.sqrt(sum / ${width} + ${epsilon});
    }`,
  };
}

/** (x − mean) / deviation · (1 + scale) + shift, with scale and shift from rows of a table. */
export const modulateKernel: Kernel = {
  operation: 'modulate',
  constants: {},
  source: `function modulate(x, means, inverses, table, shift, scale) {
    const column = this.thread.x;
    const token = this.thread.y;
    const normed = (x[token][column] - means[token]) * inverses[token];
    return normed * (1 + table[scale][column]) + table[shift][column];
  }`,
};
