import { laneName } from '@refrain/core';
import { SimError } from '../errors.ts';
import type { Description } from '../recording/file/description.ts';
import { lanePlaces, soundLane, type LanePlace } from '../recording/file/lane-values.ts';
import type { RecordedLane } from '../recording/recording.ts';
import { pairsOf, STACK, tapCell, type ColumnName } from './recording-table.ts';

/** The cells of a table by the names of its columns, as they were read. */
export type Table = ReadonlyMap<string, unknown[]>;

/** A lane that is being filled; NaN where nothing was read yet. */
interface OpenLane {
  readonly place: LanePlace;
  readonly change: Float32Array;
  readonly magnitude: Float32Array;
  ratios: Float32Array | undefined;
  products: Float64Array | undefined;
  /** Pairs of steps that were read of each tap. */
  readonly pairs: Uint32Array;
}

/** Where a row belongs. */
interface RowPlace {
  readonly lane: OpenLane;
  /** Undefined where only the ratio and the product of the stack are wanted. */
  readonly tap: number | undefined;
  readonly isStack: boolean;
  readonly step: number;
  readonly reference: number;
}

/**
 * Gathers the rows of a table, in whatever order they come.
 *
 * @param table - its cells
 * @param description - of the recording
 * @throws SimError `RECORDING_BROKEN` for rows too few, too many or of something else, `RECORDING_NOT_FINITE`
 */
export function lanesOfTable(table: Table, description: Description): readonly RecordedLane[] {
  const rows = requireRows(table, description);
  const lanes = new Map([...lanePlaces(description)].map((place) => openLane(place, description)));
  const taps = new Map(description.taps.map(({ tap }, index) => [tapCell(tap, description), index]));
  for (let row = 0; row < rows; row++) {
    const cell = (name: ColumnName): unknown => table.get(name)?.[row];
    const lane = lanes.get(String(cell('lane')));
    const tapName = String(cell('tap'));
    const tap = taps.get(tapName);
    const isStack = tapName === STACK;
    if (!lane || (tap === undefined && !isStack))
      throw broken(
        `row ${row}: lane "${String(cell('lane'))}" or tap "${tapName}" is not in the description`,
      );
    const step = stepOf(cell('step'), row, description.steps);
    const reference = stepOf(cell('reference'), row, step + 1);
    put({ lane, tap, isStack, step, reference }, cell, description.steps);
  }
  return [...lanes.values()].map((lane) => closed(lane, description));
}

/** Checked before anything of that size is made. */
function requireRows(table: Table, { branches, callsPerStep, taps, steps }: Description): number {
  const rows = table.get('lane')?.length ?? 0;
  const uneven = [...table].find(([, cells]) => cells.length !== rows);
  if (uneven) throw broken(`expected ${rows} rows in column "${uneven[0]}", got ${uneven[1].length}`);
  const lanes = branches.length * callsPerStep;
  const least = lanes * taps.length * pairsOf(steps);
  if (rows >= least && rows <= least + lanes * pairsOf(steps)) return rows;
  throw broken(
    `expected ${least} rows (${lanes} lanes × ${taps.length} taps × ${pairsOf(steps)} pairs of steps), got ${rows}`,
  );
}

function openLane(place: LanePlace, { taps, steps }: Description): [string, OpenLane] {
  return [
    laneName(place.branch, place.call),
    {
      place,
      change: new Float32Array(taps.length * steps * steps).fill(Number.NaN),
      magnitude: new Float32Array(taps.length * steps).fill(Number.NaN),
      ratios: undefined,
      products: undefined,
      pairs: new Uint32Array(taps.length),
    },
  ];
}

function put(
  { lane, tap, isStack, step, reference }: RowPlace,
  cell: (name: ColumnName) => unknown,
  steps: number,
): void {
  if (tap !== undefined) {
    lane.pairs[tap] = (lane.pairs[tap] ?? 0) + 1;
    lane.change[(tap * steps + step) * steps + reference] = numberOf(cell('change'));
    if (reference === step) lane.magnitude[tap * steps + step] = numberOf(cell('magnitude'));
  }
  if (!isStack) return;
  if (present(cell('product'))) {
    lane.products ??= new Float64Array(steps * steps).fill(Number.NaN);
    lane.products[step * steps + reference] = numberOf(cell('product'));
  }
  if (present(cell('ratio')) && reference === step - 1) {
    lane.ratios ??= new Float32Array(steps).fill(Number.NaN);
    lane.ratios[step] = numberOf(cell('ratio'));
  }
}

function closed(lane: OpenLane, description: Description): RecordedLane {
  const { place, pairs } = lane;
  const expected = pairsOf(description.steps);
  const tap = pairs.findIndex((read) => read !== expected);
  const recorded = description.taps[tap];
  if (recorded)
    throw broken(
      `lane ${laneName(place.branch, place.call)}, tap ${tapCell(recorded.tap, description)}: expected ${expected} pairs of steps, got ${pairs[tap]}`,
    );
  return soundLane(place, lane, description);
}

/** Other programs write 64-bit integers, which come as bigints. */
function stepOf(value: unknown, row: number, end: number): number {
  const step = typeof value === 'bigint' ? Number(value) : value;
  if (typeof step === 'number' && Number.isInteger(step) && step >= 0 && step < end) return step;
  throw broken(`row ${row}: expected a step from 0 to ${end - 1}, got ${String(value)}`);
}

function present(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function broken(message: string): SimError {
  return new SimError(
    'RECORDING_BROKEN',
    `[sim] recording: ${message}; write the table as recordingToParquet does`,
  );
}
