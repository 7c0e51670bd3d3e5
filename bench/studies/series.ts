import type { Tap } from '@refrain/core';
import type { Recording } from '@refrain/sim';

/** Relative L1 of a tap from the step before, for each step from 1 on, averaged over the lanes. */
export function relativeChanges(
  recording: Recording,
  wanted: (tap: Tap) => boolean,
): readonly (readonly number[])[] {
  const { steps, lanes, taps } = recording;
  const indexes = taps.flatMap(({ tap }, index) => (wanted(tap) ? [index] : []));
  return indexes.map((tap) =>
    Array.from({ length: steps - 1 }, (_, earlier) => {
      const values = lanes.map(
        ({ change, magnitude }) =>
          (change[(tap * steps + earlier + 1) * steps + earlier] ?? Number.NaN) /
          (magnitude[tap * steps + earlier] ?? Number.NaN),
      );
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    }),
  );
}

/** Outputs of the blocks. */
export function isOutput(tap: Tap): boolean {
  return tap.of === 'stream' && tap.at > 0;
}

/** Modulated inputs of the blocks. */
export function isModulated(tap: Tap): boolean {
  return tap.of === 'modulated';
}

/** The mean over rows, column by column. */
export function meanOfRows(rows: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = rows;
  return first.map(
    (_, column) => rows.reduce((sum, row) => sum + (row[column] ?? Number.NaN), 0) / rows.length,
  );
}
