import type { Kernel } from '../gpu/kernel.ts';
import { activationSource, type Activation } from './activation.ts';
import { quotientSource, sumSource } from './sum.ts';

/**
 * x · W + b, then an activation. Rows of x and columns of W; the weight is stored as `[inputs, outputs]`, so that
 * neighbouring lanes read neighbouring values.
 *
 * @param inputs - columns of x and rows of W
 * @param activation - of each result
 * @param biased - whether a table of biases and the number of a row follow
 */
export function linearKernel(inputs: number, activation: Activation, biased: boolean): Kernel {
  return {
    operation: 'linear',
    constants: { inputs, activation, biased: Number(biased) },
    source: `function linear(x, weight${biased ? ', bias, row' : ''}) {
      const column = this.thread.x;
      const token = this.thread.y;
      let sum = ${biased ? 'bias[row][column]' : '0'};
      ${sumSource(inputs, 'i', (i) => `x[token][${i}] * weight[${i}][column]`)}
      return ${activationSource[activation]};
    }`,
  };
}

/**
 * The projection behind attention: x · W + b, where x lies as one matrix of tokens for each head, below each other.
 *
 * @param tokens - rows of each head
 * @param heads - number of heads
 * @param headSize - columns of x
 */
export function linearHeadsKernel(tokens: number, heads: number, headSize: number): Kernel {
  return {
    operation: 'linear-heads',
    constants: { tokens, heads, headSize },
    source: `function linearHeads(x, weight, bias, row) {
      const column = this.thread.x;
      const token = this.thread.y;
      let sum = bias[row][column];
      for (let head = 0; head < ${heads}; head++) {
        const from = head * ${tokens} + token;
        const base = head * ${headSize};
        ${sumSource(headSize, 'i', (i) => `x[from][${i}] * weight[base + ${i}][column]`)}
      }
      return sum;
    }`,
  };
}

/** Which head a row of such matrices belongs to, and which token. @internal */
export function headOfRow(tokens: number): string {
  return `const head = ${quotientSource('this.thread.y', tokens)};
      const token = this.thread.y - head * ${tokens};`;
}
