import { laneName, type Tap } from '@refrain/core';
import type { Description } from '../recording/file/description.ts';
import { spellTap } from '../recording/file/tap-spelling.ts';
import type { RecordedLane } from '../recording/recording.ts';

/** A column of the table: what it holds, and whether a row may have nothing there. */
export interface Column {
  readonly name: ColumnName;
  readonly type: 'STRING' | 'INT32' | 'FLOAT' | 'DOUBLE';
  readonly nullable: boolean;
}

/** The names of the columns. */
export type ColumnName =
  'lane' | 'tap' | 'step' | 'reference' | 'change' | 'magnitude' | 'relative' | 'ratio' | 'product';

/** A value of a row; null for nothing. */
export type Cell = string | number | null;

/** The columns, in the order in which they are written. */
export const columns: readonly Column[] = [
  { name: 'lane', type: 'STRING', nullable: false },
  { name: 'tap', type: 'STRING', nullable: false },
  { name: 'step', type: 'INT32', nullable: false },
  { name: 'reference', type: 'INT32', nullable: false },
  { name: 'change', type: 'FLOAT', nullable: true },
  { name: 'magnitude', type: 'FLOAT', nullable: true },
  { name: 'relative', type: 'FLOAT', nullable: true },
  { name: 'ratio', type: 'FLOAT', nullable: true },
  { name: 'product', type: 'DOUBLE', nullable: true },
];

/** The residual of the whole stack, to which ratios and products belong. */
export const STACK = 'residual';

/** Pairs of a step and itself or an earlier one. */
export function pairsOf(steps: number): number {
  return (steps * (steps + 1)) / 2;
}

/** A tap in one cell. */
export function tapCell(tap: Tap, { stream }: Description): string {
  return spellTap(tap, stream) ?? JSON.stringify(tap);
}

/** The cells of all lanes, by columns. */
export function cellsOf(
  lanes: readonly RecordedLane[],
  description: Description,
): Readonly<Record<ColumnName, readonly Cell[]>> {
  const cells: Record<ColumnName, Cell[]> = {
    lane: [],
    tap: [],
    step: [],
    reference: [],
    change: [],
    magnitude: [],
    relative: [],
    ratio: [],
    product: [],
  };
  for (const row of rowsOf(lanes, description))
    for (const { name } of columns) cells[name].push(row[name] ?? null);
  return cells;
}

type Row = Readonly<Partial<Record<ColumnName, Cell>>>;

function* rowsOf(lanes: readonly RecordedLane[], description: Description): Generator<Row> {
  const { steps, taps } = description;
  const spelled = taps.map(({ tap }) => tapCell(tap, description));
  for (const lane of lanes) {
    // Ratios and products need rows also where the residual they are of was not recorded itself.
    const extra = (lane.ratios || lane.products) && !spelled.includes(STACK) ? [STACK] : [];
    for (const [index, tap] of [...spelled, ...extra].entries())
      for (let step = 0; step < steps; step++)
        for (let reference = 0; reference <= step; reference++)
          yield {
            lane: laneName(lane.branch, lane.call),
            tap,
            step,
            reference,
            ...(index < taps.length && featureCells(lane, index, step, reference, steps)),
            ...(tap === STACK && stackCells(lane, step, reference, steps)),
          };
  }
}

function featureCells(
  { change, magnitude }: RecordedLane,
  tap: number,
  step: number,
  reference: number,
  steps: number,
): Row {
  const difference = change[(tap * steps + step) * steps + reference] ?? Number.NaN;
  const before = magnitude[tap * steps + reference] ?? 0;
  return {
    change: difference,
    magnitude: magnitude[tap * steps + step] ?? Number.NaN,
    relative: before > 0 ? difference / before : null,
  };
}

function stackCells({ ratios, products }: RecordedLane, step: number, reference: number, steps: number): Row {
  return {
    ratio: reference === step - 1 ? (ratios?.[step] ?? null) : null,
    product: products?.[step * steps + reference] ?? null,
  };
}
