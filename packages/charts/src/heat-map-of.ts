import { readRatio, type Measurement, type RunReport } from '@refrain/core';
import type { HeatMap } from './data.ts';

/**
 * The heat map of a run under `watch(tap=both)`: relative L1 of every block by step, mean over the branches.
 *
 * @param report - of the watching run
 * @param blocks - names of the blocks, first to last
 */
export function heatMapOf(
  report: Pick<RunReport, 'decisions' | 'steps'>,
  blocks: readonly string[],
): HeatMap {
  const steps = Array.from({ length: report.steps }, (_, step) =>
    report.decisions.filter((record) => record.step === step).map(({ measured }) => measured ?? {}),
  );
  const modulated = steps.map((branches) =>
    meanOf(blocks.flatMap((block) => branches.map((measured) => valueOf(measured[`${block} modulated`])))),
  );
  return {
    blocks,
    values: blocks.map((block) =>
      steps.map((branches) => meanOf(branches.map((measured) => valueOf(measured[`${block} output`])))),
    ),
    modulatedMean: modulated,
  };
}

function valueOf(measurement: Measurement | undefined): number | null {
  const reading = readRatio(measurement);
  return reading.usable ? reading.value : null;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
