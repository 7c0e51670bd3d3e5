import type { Kernel } from '../gpu/kernel.ts';
import { headOfRow } from './linear.ts';
import { quotientSource, sumSource } from './sum.ts';

/**
 * Which keys a token attends to, out of the rows of the keys:
 * - `all`: every key (self-attention over all tokens, cross-attention to a caption);
 * - `group`: the `size` neighbours that it shares a group with (the tokens of its frame);
 * - `column`: one of each of `size` groups that are `stride` apart (its place in every frame).
 */
export type AttentionPattern =
  | { readonly over: 'all' }
  | { readonly over: 'group'; readonly size: number }
  | { readonly over: 'column'; readonly size: number; readonly stride: number };

/** What attention kernels are made for. */
export interface AttentionLayout {
  /** Rows of the queries. */
  readonly tokens: number;
  /** Keys that each of them attends to. */
  readonly keys: number;
  readonly headSize: number;
  readonly pattern: AttentionPattern;
}

/** q · k / √size for every head and token: heads · tokens rows of keys. Keys come transposed, so that lanes read neighbours. */
export function scoresKernel({ tokens, keys, headSize, pattern }: AttentionLayout): Kernel {
  return {
    operation: 'attention-scores',
    constants: { tokens, keys, headSize, ...pattern },
    source: `function attentionScores(queries, keysTransposed) {
      ${headOfRow(tokens)}
      const base = head * ${headSize};
      const key = ${keySource(pattern, 'this.thread.x')};
      let sum = 0;
      ${sumSource(headSize, 'i', (i) => `queries[token][base + ${i}] * keysTransposed[base + ${i}][key]`)}
      return sum * ${1 / Math.sqrt(headSize)};
    }`,
  };
}

/** The largest value of each row. */
export function rowMaximumKernel(width: number): Kernel {
  return {
    operation: 'row-maximum',
    constants: { width },
    source: `function rowMaximum(x) {
      const row = this.thread.x;
      let largest = x[row][0];
      for (let i = 1; i < ${width}; i++) { largest = Math.max(largest, x[row][i]); }
      return largest;
    }`,
  };
}

/** e to the power of each value less its row's largest; what is below e^−80 counts as that. */
export const exponentialKernel: Kernel = {
  operation: 'exponential',
  constants: {},
  source: `function exponential(x, largest) {
    return Math.exp(Math.max(x[this.thread.y][this.thread.x] - largest[this.thread.y], -80));
  }`,
};

/** The mean of the values, weighted with exponentials: heads · tokens rows of the head's size. */
export function attendKernel({ tokens, keys, headSize, pattern }: AttentionLayout): Kernel {
  return {
    operation: 'attend',
    constants: { tokens, keys, headSize, ...pattern },
    source: `function attend(weights, values) {
      ${headOfRow(tokens)}
      const row = this.thread.y;
      const column = head * ${headSize} + this.thread.x;
      let sum = 0;
      let total = 0;
      for (let i = 0; i < ${keys}; i++) {
        const weight = weights[row][i];
        total += weight;
        sum += weight * values[${keySource(pattern, 'i')}][column];
      }
      return sum / total;
    }`,
  };
}

/** Source of the row of a key, from its number among those that the token attends to. */
function keySource(pattern: AttentionPattern, number: string): string {
  if (pattern.over === 'all') return number;
  if (pattern.over === 'group')
    return `${quotientSource('token', pattern.size)} * ${pattern.size} + ${number}`;
  const { stride } = pattern;
  return `token - ${quotientSource('token', stride)} * ${stride} + ${number} * ${stride}`;
}
