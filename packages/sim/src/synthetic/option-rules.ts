import type { ModuleKind } from '@refrain/core';
import type { SyntheticOptions } from './options.ts';

/** Factors behind the names of motion. */
export const motions: Readonly<Record<string, number>> = { still: 0.5, calm: 0.75, normal: 1, fast: 1.5 };

const kinds: readonly ModuleKind[] = [
  'self-attention',
  'spatial-attention',
  'temporal-attention',
  'cross-attention',
  'mlp',
  'other',
];

/** What a valid value looks like, and whether a value is one. */
export interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** What each option of a synthetic DiT may be. */
export const optionRules: Readonly<Record<keyof SyntheticOptions, Rule>> = {
  seed: integer(0, 2 ** 32 - 1),
  blocks: integer(1, 1000),
  tokens: integer(1, 65_536),
  frames: integer(1, 65_536),
  channels: integer(1, 4096),
  modules: {
    expected: `a list of at most 8 of ${kinds.join(', ')}`,
    accepts: (value) => Array.isArray(value) && value.length <= 8 && value.every(isKind),
  },
  steps: integer(2, 1000),
  schedule: choice('flow', 'shifted-flow', 'linear', 'cosine'),
  shift: number(0.01, 100),
  guidance: number(-100, 100),
  shape: choice('u', 'l', 'inverted-l', 'flat', 'oscillating'),
  early: number(0, 1),
  middle: number(0, 1),
  late: number(0, 1),
  settle: number(0.001, 10),
  motion: {
    expected: `${Object.keys(motions).join(', ')}, or a number from 0 to 4`,
    accepts: (value) => Object.hasOwn(motions, String(value)) || number(0, 4).accepts(value),
  },
  noise: number(0, 1),
  spectralNorm: number(0.01, 4),
  gates: number(0, 100),
  head: number(0, 4),
  architecture: {
    expected: 'a name',
    accepts: (value) => value === undefined || (typeof value === 'string' && value.length > 0),
  },
};

function isKind(value: unknown): boolean {
  return kinds.some((kind) => kind === value);
}

function integer(min: number, max: number): Rule {
  return {
    expected: `an integer from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && number(min, max).accepts(value),
  };
}

function number(min: number, max: number): Rule {
  return {
    expected: `a number from ${min} to ${max}`,
    accepts: (value) => typeof value === 'number' && value >= min && value <= max,
  };
}

function choice(...choices: readonly string[]): Rule {
  return {
    expected: `one of ${choices.join(', ')}`,
    accepts: (value) => choices.some((known) => known === value),
  };
}
