import { fromBlocks, refrain, type Float32Feature, type Policy, type RunReport } from '@refrain/core';

/** What a policy made of a series. */
export interface ToyRun {
  /** One digit a call: 1 if all blocks ran, 0 if any was taken from the cache. */
  readonly mask: string;
  /** One digit a block, call by call. */
  readonly blocks: readonly string[];
  /** The output of every call. */
  readonly out: readonly number[];
  readonly report: RunReport;
}

/** A series of scalars, one for each call of the model, and the toy that it goes to. */
export interface ToySeries {
  readonly series: readonly number[];
  /** 3 when left out. */
  readonly blocks?: number;
  /** The stream at position 0; 1 when left out. */
  readonly input?: (value: number) => number;
  /** Steps of the run; as many as the series has for one branch when left out. */
  readonly branches?: readonly string[];
}

/** Runs a policy on blocks `h += (i + 1) · s`, as the parity vectors of other projects were made. */
export async function runOnSeries(
  policy: Policy,
  { series, blocks = 3, input = () => 1, branches = ['conditional'] }: ToySeries,
): Promise<ToyRun> {
  const runner = fromBlocks<number, number>(
    Array.from({ length: blocks }, (_, index) => ({
      run: (x: Float32Feature, value: number) =>
        (x as Float32Array).map((item) => item + (index + 1) * value),
    })),
    { enter: (value) => ({ x: Float32Array.of(input(value)), context: value }) },
  );
  const steps = series.length / branches.length;
  const run = refrain(runner, policy).start({
    timesteps: Array.from({ length: steps }, (_, step) => steps - step),
    branches,
  });
  const out: number[] = [];
  for (const [call, value] of series.entries()) {
    const place = {
      step: Math.floor(call / branches.length),
      branch: branches[call % branches.length] ?? '',
    };
    out.push(((await run.step(value, place)) as Float32Array)[0] ?? Number.NaN);
  }
  const report = run.report();
  const digits = series.map((_, call) => {
    const spans = report.decisions.filter(
      ({ step, branch, did }) =>
        did !== 'measured' &&
        step === Math.floor(call / branches.length) &&
        branch === branches[call % branches.length],
    );
    return spans
      .map(({ did, site, until }) => (did === 'computed' ? '1' : '0').repeat(until - site))
      .join('');
  });
  return { mask: digits.map((all) => (all.includes('0') ? '0' : '1')).join(''), blocks: digits, out, report };
}

/** The series with which most parity vectors were made: steps that change less and less, with bumps. */
export const BUMPS: readonly number[] = [
  1.59375, 1.5, 1.4375, 1.296875, 1.28125, 1.171875, 1.171875, 1.1875, 1.09375, 1.125, 1.046875, 1.078125,
  1.109375, 1.046875, 1.078125, 1.015625, 1.046875, 1.09375, 1.03125, 1.0625, 1.0, 1.046875, 1.078125,
  1.015625,
];

/** The same for two branches in turn. */
export const TWO_BRANCHES: readonly number[] = [
  1.59375, 1.59375, 1.5, 1.796875, 1.4375, 1.640625, 1.296875, 1.390625, 1.28125, 1.28125, 1.171875, 1.46875,
  1.171875, 1.375, 1.1875, 1.28125, 1.09375, 1.09375, 1.125, 1.421875, 1.046875, 1.25, 1.078125, 1.171875,
  1.109375, 1.109375, 1.046875, 1.34375, 1.078125, 1.28125, 1.015625, 1.109375, 1.046875, 1.046875, 1.09375,
  1.390625, 1.03125, 1.234375, 1.0625, 1.15625, 1.0, 1.0, 1.046875, 1.34375, 1.078125, 1.28125, 1.015625,
  1.109375,
];
