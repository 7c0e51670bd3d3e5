import { refrain, watch, type Measurement, type RunReport } from '@refrain/core';
import type { SyntheticDit, SyntheticRun } from '../../src/index.ts';

/** Mean relative L1 of all blocks' modulated inputs against the step before, for steps 1, 2, … */
export async function modulatedChange(dit: SyntheticDit, plain: SyntheticRun): Promise<readonly number[]> {
  const { timesteps } = dit.sampling.sampler;
  const run = refrain(dit, watch({ tap: 'modulated' })).start({ timesteps });
  for (const step of timesteps.keys())
    await run.step({ sample: plain.samples[step] as Float32Array }, { step });
  return timesteps.slice(1).map((_, index) => meanChange(run.report(), index + 1));
}

function meanChange({ decisions }: RunReport, step: number): number {
  const measured = decisions
    .filter((record) => record.step === step)
    .flatMap((record) => Object.values(record.measured ?? {}));
  return measured.reduce((sum, measurement) => sum + ratioOf(measurement), 0) / measured.length;
}

function ratioOf(measurement: Measurement): number {
  return measurement.kind === 'sums' ? measurement.numerator / measurement.denominator : Number.NaN;
}

/** Relative L1 of the predictions of a run against the step before. */
export function outputChange({ predictions }: SyntheticRun): readonly number[] {
  return predictions.slice(1).map((prediction, index) => {
    const before = predictions[index] as Float32Array;
    const sum = (of: (value: number, at: number) => number): number =>
      prediction.reduce((total, value, at) => total + Math.abs(of(value, at)), 0);
    return sum((value, at) => value - (before[at] as number)) / sum((_, at) => before[at] as number);
  });
}

/** The mean of a curve over a share of its length. */
export function meanOver(curve: readonly number[], from: number, until: number): number {
  const part = curve.slice(Math.floor(from * curve.length), Math.ceil(until * curve.length));
  return part.reduce((sum, value) => sum + value, 0) / part.length;
}
