import {
  productsOf,
  type ComputeDecision,
  type Entry,
  type Indicator,
  type Measurement,
} from '@refrain/core';
import { SimError } from '../errors.ts';
import type { ReplayBench } from './bench.ts';
import type { ReplayLane } from './lane.ts';
import { notRecorded, type Look, type Measured } from './look.ts';

const NO_REFERENCE: Measurement = { kind: 'no-reference' };

/** In the place of a step: there is no reference yet. */
export const NONE = -1;
/** In the place of a step: not all indicators have the same reference. */
export const MIXED = -2;

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
 * @param reference - of all of them: see {@link commonReference}
 * @throws SimError `NOT_RECORDED`
 */
export function measureAll(look: Look, reference: number, place: MeasuringPlace): Measured {
  const { lane, step } = place;
  const measured =
    reference === MIXED ? measureEach(look, place) : measureAgainst(look, lane, step, reference);
  refer(look, place);
  return measured;
}

/** The step of all references, if it is one; else {@link NONE} or {@link MIXED}. */
export function commonReference({ isPlain, names }: Look, { references }: ReplayLane): number {
  if (!isPlain) return MIXED;
  const common = references[names[0] ?? 0] ?? NONE;
  for (const name of names) if ((references[name] ?? NONE) !== common) return MIXED;
  return common;
}

/** Many policies measure the same at the same steps, so it is remembered. */
function measureAgainst(look: Look, lane: ReplayLane, step: number, reference: number): Measured {
  const known = look.measured[lane.index];
  const key = reference === NONE ? NONE : step * step + reference;
  let measured = known?.get(key);
  if (measured) return measured;
  const pairs = look.indicators.map(({ name }, index): [string, Measurement] => {
    const tap = look.taps[index] ?? 0;
    return [name, reference === NONE ? NO_REFERENCE : lane.bench.change(tap, step, reference)];
  });
  measured = Object.fromEntries(pairs);
  known?.set(key, measured);
  return measured;
}

function measureEach(look: Look, place: MeasuringPlace): Measured {
  const { lane, step } = place;
  const measured: Record<string, Measurement> = {};
  for (const [index, indicator] of look.indicators.entries()) {
    const tap = look.taps[index] ?? 0;
    const reference = lane.references[look.names[index] ?? 0] ?? NONE;
    if (indicator.quantity === 'magnitude') measured[indicator.name] = lane.bench.magnitude(tap, step);
    else
      measured[indicator.name] = reference === NONE ? NO_REFERENCE : relate(indicator, tap, reference, place);
  }
  return measured;
}

/** What was seen is what later steps are compared with, at once or when the span after it is computed. */
function refer({ indicators, names, positions }: Look, { lane, step, end }: MeasuringPlace): void {
  const { references, referenced, pending } = lane;
  for (let index = 0; index < indicators.length; index++) {
    const indicator = indicators[index];
    const name = names[index] ?? 0;
    if (!indicator || indicator.against === 'frozen' || indicator.quantity === 'magnitude') continue;
    referenced[name] ??= indicator;
    if (indicator.against === 'seen' || (positions[index] ?? 0) < end) references[name] = step;
    else pending.push(name);
  }
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
    throw notRecorded(indicator, bench.recording);
  return { kind: 'sums', numerator: ratios[step] ?? Number.NaN, denominator: 1, count: 1 };
}

/** The span after a measurement is computed: what was seen becomes the reference. */
export function commit({ pending, references }: ReplayLane, step: number): void {
  if (pending.length === 0) return;
  for (const name of pending) references[name] = step;
  pending.length = 0;
}

/** The inner products of entries that were kept just now with their histories. */
export function measureProducts(entries: ComputeDecision['products'], place: MeasuringPlace): Measured {
  const measured: Record<string, Measurement> = {};
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
