import type { DecisionRecord, Measurement, RunReport, Tap } from '@refrain/core';
import { SimError } from '../errors.ts';
import { GROWTH, readName, stackProducts } from './pairwise.ts';
import type { RecordedLane, RecordedTap } from './recording.ts';
import { tapKey } from './taps.ts';

/** What was recorded, and how it is to be laid out. */
interface Layout {
  readonly taps: readonly Tap[];
  readonly callsPerStep: number;
  /** Of the stream. */
  readonly length: number;
}

/** Lanes of a recording, and the taps that could be recorded. */
export interface CollectedLanes {
  readonly lanes: readonly RecordedLane[];
  readonly taps: readonly RecordedTap[];
}

/** What is found out about taps on the way. */
interface Findings {
  /** Elements of each tap's whole feature. */
  readonly elements: number[];
  /** Taps that are no feature: the difference of streams with two layouts. */
  readonly impossible: Set<number>;
}

/** A lane that is being filled. */
interface OpenLane {
  readonly branch: string;
  readonly call: number;
  readonly change: Float32Array;
  readonly magnitude: Float32Array;
  ratios: Float32Array | undefined;
  products: Float64Array | undefined;
  readonly done: Set<number>;
}

/**
 * Gathers what a pairwise run measured.
 *
 * @throws SimError `RECORDING_INCOMPLETE`, `RECORDING_NOT_FINITE`
 */
export function collectLanes(report: RunReport, layout: Layout): CollectedLanes {
  const { steps, branches } = report;
  const findings: Findings = { elements: layout.taps.map(() => 0), impossible: new Set() };
  const lanes = branches.flatMap((branch) =>
    Array.from({ length: layout.callsPerStep }, (_, call) => openLane(branch, call, steps, layout)),
  );
  for (const decision of report.decisions) {
    const lane = lanes.find(({ branch, call }) => branch === decision.branch && call === decision.call);
    if (!lane || decision.did !== 'computed') continue;
    fill(lane, decision, { ...layout, steps }, findings);
    lane.done.add(decision.step);
  }
  for (const lane of lanes) requireComplete(lane, report);
  const kept = [...layout.taps.keys()].filter((tap) => !findings.impossible.has(tap));
  return {
    lanes: lanes.map((lane) => closed(lane, kept, steps)),
    taps: kept.flatMap((index) => {
      const tap = layout.taps[index];
      return tap ? [{ tap, elements: findings.elements[index] ?? 0 }] : [];
    }),
  };
}

function openLane(branch: string, call: number, steps: number, { taps }: Layout): OpenLane {
  return {
    branch,
    call,
    change: new Float32Array(taps.length * steps * steps),
    magnitude: new Float32Array(taps.length * steps),
    ratios: undefined,
    products: undefined,
    done: new Set(),
  };
}

function closed(lane: OpenLane, kept: readonly number[], steps: number): RecordedLane {
  const { branch, call, ratios, products } = lane;
  const change = rowsOf(lane.change, kept, steps * steps);
  const magnitude = rowsOf(lane.magnitude, kept, steps);
  // A residual of zeros has no growth: MagCache cannot be replayed then, everything else can.
  const grown = ratios?.every(Number.isFinite) ? { ratios } : {};
  return { branch, call, change, magnitude, ...grown, ...(products && { products }) };
}

/** Some rows of a table. */
function rowsOf(table: Float32Array, rows: readonly number[], width: number): Float32Array {
  const some = new Float32Array(rows.length * width);
  for (const [to, from] of rows.entries())
    some.set(table.subarray(from * width, (from + 1) * width), to * width);
  return some;
}

function fill(
  lane: OpenLane,
  { step, measured = {} }: DecisionRecord,
  { taps, steps, length }: Layout & { readonly steps: number },
  { elements, impossible }: Findings,
): void {
  for (const [key, measurement] of Object.entries(measured)) {
    if (key === GROWTH) fillRatio(lane, step, steps, measurement);
    if (key === stackProducts(length)) fillProducts(lane, step, steps, measurement);
    const name = readName(key);
    const tap = name && taps[name.tap];
    if (!name || !tap || measurement.kind === 'no-reference') continue;
    if (measurement.kind === 'shape-changed') {
      impossible.add(name.tap);
      continue;
    }
    const { numerator, count } = requireFinite(measurement, tap, step, lane);
    if (name.of === 'elements') elements[name.tap] = count;
    else if (name.of === 'magnitude') lane.magnitude[name.tap * steps + step] = numerator / count;
    else lane.change[(name.tap * steps + step) * steps + name.reference] = numerator / count;
  }
}

function fillRatio(lane: OpenLane, step: number, steps: number, measurement: Measurement): void {
  lane.ratios ??= new Float32Array(steps).fill(1);
  if (measurement.kind === 'sums') lane.ratios[step] = measurement.numerator / measurement.denominator;
}

/** The newest, which is of this step itself, comes first. */
function fillProducts(lane: OpenLane, step: number, steps: number, measurement: Measurement): void {
  if (measurement.kind !== 'products') return;
  lane.products ??= new Float64Array(steps * steps);
  for (const [age, value] of measurement.values.entries()) lane.products[step * steps + step - age] = value;
}

function requireFinite(
  measurement: Measurement,
  tap: Tap,
  step: number,
  { branch }: OpenLane,
): Extract<Measurement, { kind: 'sums' }> {
  if (measurement.kind === 'sums' && Number.isFinite(measurement.numerator)) return measurement;
  throw new SimError(
    'RECORDING_NOT_FINITE',
    `[sim] ${tapKey(tap)} of branch ${branch} is not finite at step ${step}: only a sound run can be recorded`,
  );
}

function requireComplete({ branch, call, done }: OpenLane, { steps }: RunReport): void {
  if (done.size === steps) return;
  throw new SimError(
    'RECORDING_INCOMPLETE',
    `[sim] expected all ${steps} steps of branch ${branch}, call ${call}, got ${done.size}: carry the run to its end before you take the recording`,
  );
}
