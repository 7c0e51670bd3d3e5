import type { Kernel } from '../gpu/kernel.ts';

/** Dimensions of a grid: vectors have one, matrices two. */
export type Rank = 1 | 2;

/** Source of this thread's element of a tensor. */
function elementSource(name: string, rank: Rank): string {
  return rank === 1 ? `${name}[this.thread.x]` : `${name}[this.thread.y][this.thread.x]`;
}

/** The values as they are. */
export function copyKernel(rank: Rank): Kernel {
  return {
    operation: 'copy',
    constants: { rank },
    source: `function copy(x) { return ${elementSource('x', rank)}; }`,
  };
}

/** a − b. */
export function subtractKernel(rank: Rank): Kernel {
  return {
    operation: 'subtract',
    constants: { rank },
    source: `function subtract(a, b) { return ${elementSource('a', rank)} - ${elementSource('b', rank)}; }`,
  };
}

/** Σ weight · tensor, from left to right. The weights are arguments, since policies change them from step to step. */
export function combineKernel(terms: number, rank: Rank): Kernel {
  const numbers = Array.from({ length: terms }, (_, index) => index);
  const names = [...numbers.map((index) => `x${index}`), ...numbers.map((index) => `weight${index}`)];
  const sum = numbers.map((index) => `weight${index} * ${elementSource(`x${index}`, rank)}`).join(' + ');
  return {
    operation: 'combine',
    constants: { terms, rank },
    source: `function combine(${names.join(', ')}) { return ${sum}; }`,
  };
}

/** x + gate · value, with the gate from a row of a table. */
export const gatedSumKernel: Kernel = {
  operation: 'gated-sum',
  constants: {},
  source: `function gatedSum(x, value, table, gate) {
    const column = this.thread.x;
    const token = this.thread.y;
    return x[token][column] + table[gate][column] * value[token][column];
  }`,
};

/** Adds a row of a table to every row. */
export const addRowKernel: Kernel = {
  operation: 'add-row',
  constants: {},
  source: `function addRow(x, table, row) {
    return x[this.thread.y][this.thread.x] + table[row][this.thread.x];
  }`,
};

/** Rows become columns. */
export const transposeKernel: Kernel = {
  operation: 'transpose',
  constants: {},
  source: 'function transpose(x) { return x[this.thread.x][this.thread.y]; }',
};

/** One long row becomes rows of a width. */
export function foldKernel(width: number): Kernel {
  return {
    operation: 'fold',
    constants: { width },
    source: `function fold(x) { return x[0][this.thread.y * ${width} + this.thread.x]; }`,
  };
}
