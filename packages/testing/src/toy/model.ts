import type { BlockSite, InnerSite, ModuleKind, PassInfo, SiteInfo } from '@refrain/core';

/** The arithmetic of a toy model, element by element, so that a test can do it by hand. */
export interface ToyModel {
  /** Names of the blocks' modules; empty when the model offers blocks only. */
  readonly modules: readonly ModuleKind[];
  readonly blocks: number;
  /** Elements of the stream. */
  width(at: PassInfo): number;
  /** Element `index` of the stream at position 0. */
  enter(input: number, index: number, at: PassInfo): number;
  /** The value of a site. */
  value(x: number, site: number, at: PassInfo): number;
  /** The gate of the current step, by which the value enters the stream. */
  gate(site: number, at: PassInfo): number;
  /** The modulated input at a position. */
  modulated(x: number, site: number, at: PassInfo): number;
  /** Element of the conditioning tensor. */
  condition(index: number, at: PassInfo): number;
  /** Element of the output. */
  exit(x: number, at: PassInfo): number;
}

/**
 * Integers and halves that stay small: values are integers below 64 that depend on the stream, the site, the step and
 * the branch; gates are powers of two that change from step to step. What is reused differs from what is computed.
 */
export const exactModel: ToyModel = {
  blocks: 3,
  modules: [],
  width: () => 3,
  enter: (input, index) => input * (index + 1),
  value: (x, site, { step, call, branch }) =>
    (((Math.floor(x) * 5 + site * 11 + step * step * 7 + call * 3 + branch.length) % 64) + 64) % 64,
  gate: (site, { step }) => [1, 2, 0.5][(site + step) % 3] ?? 1,
  modulated: (x, site, { step }) => x * 2 + site + step,
  condition: (index, { step, timestep }) => step * 3 + index + timestep,
  exit: (x, { step }) => x * 2 + step,
};

/** Linear in the input: scaling the input by c scales every feature by c. */
export const linearModel: ToyModel = {
  ...exactModel,
  value: (x, site, { step }) => (x * (1 + ((site + step) % 5))) / 64,
  gate: () => 1,
  modulated: (x, site) => x * (1 + site / 16),
  exit: (x) => x,
};

/** Number of positions of the stream. */
export function lengthOf({ blocks, modules }: Pick<ToyModel, 'blocks' | 'modules'>): number {
  return blocks * Math.max(1, modules.length);
}

/** The sites that the model declares. */
export function sitesOf({ blocks, modules }: Pick<ToyModel, 'blocks' | 'modules'>): readonly SiteInfo[] {
  const size = Math.max(1, modules.length);
  return Array.from({ length: blocks }, (_, index) => index).flatMap((index) => [
    blockSite(index, size),
    ...modules.map((kind, module): InnerSite => {
      const from = index * size + module;
      return { level: 'inner', name: `b${index}/${module}`, kind, block: `b${index}`, from, until: from + 1 };
    }),
  ]);
}

function blockSite(index: number, size: number): BlockSite {
  const from = index * size;
  return { level: 'block', name: `b${index}`, family: 'toy', from, until: from + size, modulated: true };
}
