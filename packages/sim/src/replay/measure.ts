import {
  productsOf,
  type ComputeDecision,
  type Entry,
  type Indicator,
  type Measurement,
} from '@refrain/core';
import { SimError } from '../errors.ts';
import { tapKey } from '../recording/taps.ts';
import type { ReplayBench } from './bench.ts';
import type { ReplayLane } from './lane.ts';

type Measured = Record<string, Measurement>;

const NO_REFERENCE: Measurement = { kind: 'no-reference' };

/** Where a measurement is taken. */
export interface MeasuringPlace {
  readonly bench: ReplayBench;
  readonly lane: ReplayLane;
  readonly step: number;
  /** Where the computed span ends: what lies before it has been computed and need not be confirmed. */
  readonly end: number;
}

/**
 * Looks indicators up in a recording, with the references that the executor would compare with.
 *
 * @throws SimError `NOT_RECORDED`
 */
export function measureAll(indicators: readonly Indicator[], place: MeasuringPlace): Measured {
  const measured: Measured = {};
  const { bench, lane, step, end } = place;
  for (const indicator of indicators) {
    const { name, tap, against, quantity = 'change' } = indicator;
    const index = bench.index.find(tap);
    if (index === undefined) throw notRecorded(indicator, bench);
    if (quantity === 'magnitude') {
      measured[name] = lane.bench.magnitude(index, step);
      continue;
    }
    const reference = lane.references.get(name);
    measured[name] = reference === undefined ? NO_REFERENCE : relate(indicator, index, reference, place);
    if (against === 'frozen') continue;
    if (reference === undefined) lane.referenced.set(name, indicator);
    if (against === 'seen' || positionOf(tap) < end) lane.references.set(name, step);
    else lane.pending.push(name);
  }
  return measured;
}

function relate(indicator: Indicator, tap: number, reference: number, place: MeasuringPlace): Measurement {
  const { bench, lane, step } = place;
  const { quantity = 'change' } = indicator;
  if (quantity === 'change') return lane.bench.change(tap, step, reference);
  const { ratios } = lane.bench.recorded;
  const { length } = bench.recording.stream;
  const isStack =
    indicator.tap.of === 'residual' && indicator.tap.from === 0 && indicator.tap.until === length;
  if (quantity !== 'token-norms' || !ratios || !isStack || reference !== step - 1)
    throw notRecorded(indicator, bench);
  return { kind: 'sums', numerator: ratios[step] ?? Number.NaN, denominator: 1, count: 1 };
}

/** The span after a measurement is computed: what was seen becomes the reference. */
export function commit({ pending, references }: ReplayLane, step: number): void {
  if (pending.length === 0) return;
  for (const name of pending) references.set(name, step);
  pending.length = 0;
}

/** The inner products of entries that were kept just now with their histories. */
export function measureProducts(entries: ComputeDecision['products'], place: MeasuringPlace): Measured {
  const measured: Measured = {};
  for (const entry of entries ?? []) measured[productsOf(entry)] = productsAt(entry, place);
  return measured;
}

function productsAt(entry: Entry, { bench, lane, step }: MeasuringPlace): Measurement {
  const { stream, steps } = bench.recording;
  const { products } = lane.bench.recorded;
  const { from, until, form, slot } = entry;
  if (!products || from !== 0 || until !== stream.length || form !== 'residual')
    throw new SimError(
      'NOT_RECORDED',
      `[sim] the policy wants inner products of ${form} ${from}–${until}, and only those of the whole stack's residual are ` +
        'recorded, by a runner that can take them: choose another forecast, or keep the residual of the whole stack',
    );
  const history = lane.cache.find(from, until, form, slot) ?? [];
  return { kind: 'products', values: history.map((past) => products[step * steps + past] ?? Number.NaN) };
}

/** Where the span after a tap starts. Conditioning belongs to whatever is computed. */
function positionOf(tap: Indicator['tap']): number {
  if (tap.of === 'conditioning') return -Number.MAX_VALUE;
  return tap.of === 'residual' ? tap.until : tap.at;
}

function notRecorded({ name, tap, quantity = 'change' }: Indicator, { recording }: ReplayBench): SimError {
  const what = typeof quantity === 'object' ? quantity.of : quantity;
  return new SimError(
    'NOT_RECORDED',
    `[sim] the policy measures "${name}" (${what} of ${tapKey(tap)}), and the recording "${recording.label}" of ` +
      `${recording.model} does not have it: record this run again with that tap among its taps, or choose another policy`,
  );
}
