import type { CacheForm, Tap } from '@refrain/core';
import type { RecordedTap } from '../recording/recording.ts';

/** Finds recorded taps and cache entries by numbers: a replay asks for them at every step. */
export class TapIndex {
  readonly #byPlace = new Map<number, number>();
  readonly #byName = new Map<string, number>();
  readonly #width: number;

  /**
   * @param taps - that were recorded
   * @param length - of the stream
   */
  constructor(taps: readonly RecordedTap[], length: number) {
    // Positions go from −1 to length + 1.
    this.#width = length + 3;
    for (const [index, { tap }] of taps.entries())
      if (tap.of === 'conditioning') this.#byName.set(tap.name, index);
      else this.#byPlace.set(this.#placeOf(tap), index);
  }

  /** Index of a tap among the recorded ones; undefined for others. */
  find(tap: Tap): number | undefined {
    return tap.of === 'conditioning' ? this.#byName.get(tap.name) : this.#byPlace.get(this.#placeOf(tap));
  }

  /** A number for a cache entry, different for different ones. */
  entryKey(from: number, until: number, form: CacheForm): number {
    const kind = form === 'residual' ? 0 : form === 'output' ? 1 : 2;
    return ((from + 1) * this.#width + until) * 3 + kind;
  }

  #placeOf(tap: Exclude<Tap, { of: 'conditioning' }>): number {
    const width = this.#width;
    if (tap.of === 'residual') return (3 + tap.from + 1) * width + tap.until + 1;
    return (tap.of === 'stream' ? 0 : tap.of === 'modulated' ? width : 2 * width) + tap.at + 1;
  }
}
