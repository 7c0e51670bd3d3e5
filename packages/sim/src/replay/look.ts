import type { Indicator, Measurement, Tap } from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import { SimError } from '../errors.ts';
import type { Recording } from '../recording/recording.ts';
import { tapKey } from '../recording/taps.ts';
import type { TapIndex } from './tap-index.ts';

/** Measurements by the names of their indicators. */
export type Measured = Readonly<Record<string, Measurement>>;

/** Indicators that are measured together, and what is known of them before any run. */
export interface Look {
  readonly indicators: readonly Indicator[];
  /** Numbers of their names, the same for the same name in all looks of a recording. */
  readonly names: readonly number[];
  /** Their taps among the recorded ones. */
  readonly taps: readonly number[];
  /** Where the spans after their taps start. */
  readonly positions: readonly number[];
  /** Seconds of comparing each of them. */
  readonly comparing: readonly number[];
  /** Seconds of all of them; making them is spent whether or not there is anything to compare with. */
  readonly all: { readonly making: number; readonly comparing: number };
  /** True if all of them are changes, which step and reference determine. */
  readonly isPlain: boolean;
  /** For each lane what was measured, by step and reference, where that is the same for all indicators. */
  readonly measured: readonly Map<number, Measured>[];
}

/** All looks of a recording. Policies of one family look at the same, so each look is worked out once. */
export class LookBook {
  /** By the name of the first indicator. */
  readonly #looks = new Map<string, Look[]>();
  readonly #names = new Map<string, number>();
  readonly #recording: Recording;
  readonly #index: TapIndex;
  readonly #costs: CostModel | undefined;

  /**
   * @param recording - of one run
   * @param index - of its taps
   * @param costs - of indicators
   */
  constructor(recording: Recording, index: TapIndex, costs: CostModel | undefined) {
    this.#recording = recording;
    this.#index = index;
    this.#costs = costs;
  }

  /**
   * The look at certain indicators.
   *
   * @throws SimError `NOT_RECORDED`
   */
  of(indicators: readonly Indicator[]): Look {
    const name = indicators[0]?.name ?? '';
    let looks = this.#looks.get(name);
    if (!looks) this.#looks.set(name, (looks = []));
    for (const look of looks) if (areEqual(look.indicators, indicators)) return look;
    const look = this.#open(indicators);
    looks.push(look);
    return look;
  }

  #open(indicators: readonly Indicator[]): Look {
    const comparing = indicators.map((indicator) => this.#secondsOf(indicator));
    return {
      indicators,
      names: indicators.map(({ name }) => this.#numberOf(name)),
      taps: indicators.map((indicator) => this.#tapOf(indicator)),
      positions: indicators.map(({ tap }) => positionOf(tap)),
      comparing,
      all: {
        making: indicators.reduce((sum, indicator) => sum + this.#makingOf(indicator), 0),
        comparing: comparing.reduce((sum, seconds) => sum + seconds, 0),
      },
      isPlain: indicators.every(({ quantity = 'change' }) => quantity === 'change'),
      measured: this.#recording.lanes.map(() => new Map<number, Measured>()),
    };
  }

  #secondsOf({ stride }: Indicator): number {
    return (stride === undefined ? this.#costs?.indicator : this.#costs?.sketchedIndicator) ?? 0;
  }

  /** A residual is a subtraction, as for the cache. Sketches of both ends are subtracted in no time. */
  #makingOf({ tap, stride }: Indicator): number {
    return tap.of === 'residual' && stride === undefined ? (this.#costs?.keep ?? 0) : 0;
  }

  #numberOf(name: string): number {
    const number = this.#names.get(name) ?? this.#names.size;
    this.#names.set(name, number);
    return number;
  }

  #tapOf(indicator: Indicator): number {
    const tap = this.#index.find(indicator.tap);
    if (tap === undefined) throw notRecorded(indicator, this.#recording);
    return tap;
  }
}

/** Fields are compared one by one: a policy asks for its indicators at every step, mostly with new objects. */
function areEqual(some: readonly Indicator[], others: readonly Indicator[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) {
    const [one, other] = [some[index], others[index]];
    if (one !== other && !(one && other && isEqual(one, other))) return false;
  }
  return true;
}

function isEqual(one: Indicator, other: Indicator): boolean {
  return (
    one.name === other.name &&
    one.against === other.against &&
    one.stride === other.stride &&
    isSameQuantity(one.quantity, other.quantity) &&
    isSameTap(one.tap, other.tap)
  );
}

function isSameQuantity(one: Indicator['quantity'], other: Indicator['quantity']): boolean {
  return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));
}

function isSameTap(one: Tap, other: Tap): boolean {
  if (one.of === 'conditioning') return other.of === 'conditioning' && one.name === other.name;
  if (one.of === 'residual')
    return other.of === 'residual' && one.from === other.from && one.until === other.until;
  return one.of === other.of && one.at === other.at;
}

/** Conditioning belongs to whatever is computed. */
function positionOf(tap: Indicator['tap']): number {
  if (tap.of === 'conditioning') return -Number.MAX_VALUE;
  return tap.of === 'residual' ? tap.until : tap.at;
}

/** An indicator that the recording cannot tell. */
export function notRecorded(
  { name, tap, quantity = 'change' }: Indicator,
  { label, model }: Recording,
): SimError {
  const what = typeof quantity === 'object' ? quantity.of : quantity;
  return new SimError(
    'NOT_RECORDED',
    `[sim] the policy measures "${name}" (${what} of ${tapKey(tap)}), and the recording "${label}" of ` +
      `${model} does not have it: record this run again with that tap among its taps, or choose another policy`,
  );
}
