import { PolicyConfigError } from '../../errors.ts';

/** The names of cache-dit's predefined masks, from the most careful to the fastest. */
export type StepMaskPreset = 'slow' | 'medium' | 'fast' | 'ultra';

/** The predefined masks in this order. */
export const stepMaskPresets: readonly StepMaskPreset[] = ['slow', 'medium', 'fast', 'ultra'];

/** Runs of steps that are computed and runs that may be reused, in turn: compute, cache, compute, … */
interface Bins {
  readonly compute: number[];
  readonly cache: number[];
}

type Table = Readonly<
  Record<StepMaskPreset, readonly [compute: readonly number[], cache: readonly number[]]>
>;

/** For 28 steps, from which the masks of 16 steps and more are made. */
const MANY: Table = {
  slow: [
    [8, 3, 3, 2, 1, 1],
    [1, 2, 2, 2, 3],
  ],
  medium: [
    [6, 2, 2, 2, 2, 1],
    [1, 3, 3, 3, 3],
  ],
  fast: [
    [6, 1, 1, 1, 1, 1],
    [1, 3, 4, 5, 4],
  ],
  ultra: [
    [4, 1, 1, 1, 1],
    [2, 5, 6, 7],
  ],
};

/** For 15 steps, from which those of 10 to 14 are made. */
const FEW: Table = {
  slow: [
    [4, 2, 2, 2, 1],
    [1, 1, 1, 1],
  ],
  medium: [
    [4, 2, 1, 1, 1],
    [1, 1, 2, 2],
  ],
  fast: [
    [3, 1, 1, 1, 1],
    [1, 2, 2, 3],
  ],
  ultra: [
    [2, 1, 1, 1, 1],
    [1, 2, 3, 3],
  ],
};

/** For step counts of distilled models. */
const DISTILLED: Readonly<Record<number, Table>> = {
  9: {
    slow: [[5, 2, 1], [1]],
    medium: [
      [5, 1, 1],
      [1, 1],
    ],
    fast: [
      [4, 1, 1],
      [1, 2],
    ],
    ultra: [
      [3, 1, 1],
      [2, 2],
    ],
  },
  8: {
    slow: [[5, 1, 1], [1]],
    medium: [
      [4, 1, 1],
      [1, 1],
    ],
    fast: [
      [3, 1, 1],
      [1, 2],
    ],
    ultra: [
      [2, 1, 1],
      [2, 2],
    ],
  },
  6: { slow: [[3, 1], [2]], medium: [[3, 1], [2]], fast: [[3, 1], [2]], ultra: [[3, 1], [2]] },
  4: { slow: [[2, 1], [1]], medium: [[2, 1], [1]], fast: [[2, 1], [1]], ultra: [[2, 1], [1]] },
};

const BASE = 28;

/**
 * A predefined step mask of cache-dit (vipshop/cache-dit, commit f86744af, `steps_mask`): one digit for each step, 1 =
 * compute, 0 = may be reused. The last step is always 1.
 *
 * - 28 steps: runs of computed and reused steps from a table; more: each run of length n grows by
 *   max(⌊n · steps / 56⌋, 1) in turn, and the last computed run by 1 a round, until all steps are covered;
 * - 16 … 27, and what grew too far: the last reused run and the last computed run lose one step in turn, so that short
 *   schedules are much sparser at their end than 28 steps are;
 * - 10 … 15, 9, 8, 6 and 4 have tables of their own.
 *
 * @param preset - which of the masks
 * @param steps - of the run: 4, 6, or at least 8
 * @throws PolicyConfigError `POLICY_OPTIONS` for other numbers of steps, for which the source defines no mask
 */
export function stepMask(preset: StepMaskPreset, steps: number): string {
  const bins = binsFor(preset, steps);
  let mask = '';
  for (let run = 0; run < Math.max(bins.compute.length, bins.cache.length); run++)
    mask += '1'.repeat(bins.compute[run] ?? 0) + '0'.repeat(bins.cache[run] ?? 0);
  return `${mask.slice(0, steps - 1)}1`;
}

/** True if there are predefined masks for so many steps. */
export function hasStepMask(steps: number): boolean {
  return Number.isInteger(steps) && (steps >= 8 || steps === 6 || steps === 4);
}

function binsFor(preset: StepMaskPreset, steps: number): Bins {
  if (!hasStepMask(steps)) {
    const message = `expected 4, 6, or at least 8 steps, got ${steps}: give a mask of digits instead`;
    throw new PolicyConfigError('POLICY_OPTIONS', `[core] step mask ${preset}: ${message}`, [
      { option: 'steps', message },
    ]);
  }
  const table = DISTILLED[steps] ?? (steps < 16 ? FEW : MANY);
  const [compute, cache] = table[preset];
  const bins = { compute: [...compute], cache: [...cache] };
  if (steps > BASE) grow(bins, steps);
  return truncate(bins, steps);
}

function total({ compute, cache }: Bins): number {
  return [...compute, ...cache].reduce((sum, run) => sum + run, 0);
}

/** Lengthens the runs until they cover the steps. */
function grow(bins: Bins, steps: number): void {
  const [compute, cache] = [[...bins.compute], [...bins.cache]];
  const by = (run: number): number => Math.max(Math.trunc(run * ((steps / BASE) * 0.5)), 1);
  const last = bins.compute.length - 1;
  const rounds = cache.length;
  for (let turn = 0; total(bins) < steps; turn = (turn + 1) % (2 * rounds + 1)) {
    const run = Math.floor(turn / 2);
    if (turn === 2 * rounds) bins.compute[last] = (bins.compute[last] ?? 0) + 1;
    else if (turn % 2 === 0) bins.compute[run] = (bins.compute[run] ?? 0) + by(compute[run] ?? 0);
    else bins.cache[run] = (bins.cache[run] ?? 0) + by(cache[run] ?? 0);
  }
}

/** Shortens the last runs, a reused and a computed one in turn, until they have as many steps as the run. */
function truncate(bins: Bins, steps: number): Bins {
  for (let turn = 0; total(bins) > steps; turn++) shorten(turn % 2 === 0 ? bins.cache : bins.compute);
  return bins;
}

function shorten(runs: number[]): void {
  const last = runs.pop() ?? 0;
  if (last > 1) runs.push(last - 1);
}
