import { readNumbers } from '../option-text.ts';
import type { OptionSpec } from '../options.ts';

/** A bound of the metric, and the interval in steps that holds below it. The last one also holds above its bound. */
export type CodebookEntry = readonly [bound: number, interval: number];

/** Intervals by bounds of the metric, bounds ascending. */
export type Codebook = readonly CodebookEntry[];

/** The name of a published codebook. */
export type CodebookName = 'fast' | 'slow' | '100-steps';

/** A published codebook and the number of steps that it was made for. */
export interface PublishedCodebook {
  readonly steps: number;
  readonly entries: Codebook;
}

/** AdaCache's codebooks for Open-Sora (AdaCache-DiT/AdaCache, commit 2c6d3ca): two for 30 steps, one for 100. */
export const adacacheCodebooks: Readonly<Record<CodebookName, PublishedCodebook>> = {
  fast: {
    steps: 30,
    entries: [
      [0.08, 6],
      [0.16, 5],
      [0.24, 4],
      [0.32, 3],
      [0.4, 2],
      [1, 1],
    ],
  },
  slow: {
    steps: 30,
    entries: [
      [0.08, 3],
      [0.16, 2],
      [0.24, 1],
      [0.32, 1],
      [0.4, 1],
      [1, 1],
    ],
  },
  '100-steps': {
    steps: 100,
    entries: [
      [0.03, 12],
      [0.05, 10],
      [0.07, 8],
      [0.09, 6],
      [0.11, 4],
      [1, 3],
    ],
  },
};

const names = Object.keys(adacacheCodebooks) as CodebookName[];

/**
 * An option that is a codebook: a published one by name, or pairs of bound and interval, written `0.1:4:0.3:2:1:1`.
 *
 * @param about - one sentence for help texts
 * @param fallback - the name of the default
 */
export function codebookOption(about: string, fallback: CodebookName): OptionSpec<CodebookName | Codebook> {
  return {
    about,
    fallback,
    quoted: true,
    expected:
      `one of ${names.join(', ')}, or pairs of an ascending bound above 0 and an interval of whole steps, ` +
      'all separated by colons',
    read: (text) => names.find((name) => name === text) ?? readPairs(text),
    print: (value) => (typeof value === 'string' ? value : value.flat().join(':')),
    accepts: (value) => names.some((name) => name === value) || isCodebook(value),
  };
}

function readPairs(text: string): Codebook | undefined {
  const numbers = readNumbers(text);
  if (!numbers || numbers.length % 2 === 1) return undefined;
  return Array.from({ length: numbers.length / 2 }, (_, index): CodebookEntry => [
    numbers[2 * index] ?? Number.NaN,
    numbers[2 * index + 1] ?? Number.NaN,
  ]);
}

function isCodebook(value: unknown): value is Codebook {
  if (!Array.isArray(value) || value.length === 0) return false;
  let below = 0;
  for (const entry of value as readonly unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 2) return false;
    const [bound, interval] = entry as readonly unknown[];
    if (typeof bound !== 'number' || !Number.isFinite(bound) || bound <= below) return false;
    if (!Number.isInteger(interval) || (interval as number) < 1) return false;
    below = bound;
  }
  return true;
}
