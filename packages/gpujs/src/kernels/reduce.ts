import type { Kernel } from '../gpu/kernel.ts';
import type { Rank } from './elementwise.ts';

/** How a tensor is divided for the first of the two levels of a sum: float32 loses too much in one. */
export interface Partition {
  readonly rank: Rank;
  /** Number of partial sums. */
  readonly parts: number;
  /** Elements of each; the last part of a vector may have fewer. */
  readonly size: number;
  /** Elements in all. */
  readonly elements: number;
}

/** A sum over the elements of tensors of one shape. */
export interface Summand {
  readonly name: string;
  readonly tensors: readonly string[];
  /** Source of what is added, from sources of the tensors' elements. */
  readonly term: (...elements: readonly string[]) => string;
}

/** Σ |current − reference| */
export const absoluteDifference: Summand = {
  name: 'absolute-difference',
  tensors: ['current', 'reference'],
  term: (current, reference) => `Math.abs(${current} - ${reference})`,
};

/** Σ |x| */
export const magnitude: Summand = { name: 'magnitude', tensors: ['x'], term: (x) => `Math.abs(${x})` };

/** Σ a · b */
export const product: Summand = { name: 'product', tensors: ['a', 'b'], term: (a, b) => `${a} * ${b}` };

/** The first level: one sum for each part. */
export function partialSumsKernel({ name, tensors, term }: Summand, partition: Partition): Kernel {
  const { rank, size, elements } = partition;
  const elementOf = (tensor: string): string =>
    rank === 1 ? `${tensor}[part * ${size} + i]` : `${tensor}[part][i]`;
  const add = `sum += ${term(...tensors.map(elementOf))};`;
  return {
    operation: `partial-sums-of-${name}`,
    constants: { ...partition },
    source: `function partialSums(${tensors.join(', ')}) {
      const part = this.thread.x;
      let sum = 0;
      for (let i = 0; i < ${size}; i++) { ${rank === 1 ? `if (part * ${size} + i < ${elements}) { ${add} }` : add} }
      return sum;
    }`,
  };
}

/** For each row Σ current² over Σ reference², under a root. */
export function normRatioKernel(width: number): Kernel {
  return {
    operation: 'norm-ratio',
    constants: { width },
    source: `function normRatio(current, reference) {
      const row = this.thread.x;
      let above = 0;
      let below = 0;
      for (let i = 0; i < ${width}; i++) {
        above += current[row][i] * current[row][i];
        below += reference[row][i] * reference[row][i];
      }
      return Math.sqrt(above) / Math.sqrt(below);
    }`,
  };
}

/**
 * For each row from `shift` on, how it differs from the row `shift` before it: Σ |later − earlier|, or with the sign of a
 * sum, Σ |later| + |earlier|.
 */
export function rowMotionKernel(width: number, shift: number, of: 'difference' | 'magnitude'): Kernel {
  const term =
    of === 'difference'
      ? `Math.abs(x[row + ${shift}][i] - x[row][i])`
      : `Math.abs(x[row + ${shift}][i]) + Math.abs(x[row][i])`;
  return {
    operation: `row-motion-${of}`,
    constants: { width, shift },
    source: `function rowMotion(x) {
      const row = this.thread.x;
      let sum = 0;
      for (let i = 0; i < ${width}; i++) { sum += ${term}; }
      return sum;
    }`,
  };
}

/** The second level: one or two vectors of partial sums become as many numbers, which are read back. */
export function totalsKernel(parts: number, vectors: 1 | 2): Kernel {
  const choose =
    vectors === 1
      ? 'sum += first[i];'
      : 'if (this.thread.x < 0.5) { sum += first[i]; } else { sum += second[i]; }';
  return {
    operation: 'totals',
    constants: { parts, vectors },
    source: `function totals(first${vectors === 2 ? ', second' : ''}) {
      let sum = 0;
      for (let i = 0; i < ${parts}; i++) { ${choose} }
      return sum;
    }`,
  };
}

/**
 * Elements 0, stride, 2 · stride, … of a tensor row after row, as a vector. The row is corrected where the quotient fell on
 * the wrong side of a whole number, so that it is right for every index that float32 can count.
 */
export function sketchKernel(width: number, stride: number, rank: Rank): Kernel {
  return {
    operation: 'sketch',
    constants: { width, stride, rank },
    source:
      rank === 1
        ? `function sketch(x) { return x[this.thread.x * ${stride}]; }`
        : `function sketch(x) {
      const index = this.thread.x * ${stride};
      let row = Math.floor(index / ${width});
      let column = index - row * ${width};
      if (column < 0) { row -= 1; column += ${width}; }
      if (column >= ${width}) { row += 1; column -= ${width}; }
      return x[row][column];
    }`,
  };
}
