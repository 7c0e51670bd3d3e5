import type { Indicator } from '../indicator/indicator.ts';
import type { RunnerTap, TapRequest } from '../pass/runner.ts';
import type { Entry } from '../policy/decision.ts';

/** The taps that a stretch must return, each once, and where to find them in the result. */
export class TapList {
  readonly #requests = new Map<string, TapRequest>();

  /** Asks for a tap. */
  want(tap: RunnerTap, stride?: number): void {
    const request = stride === undefined ? { tap } : { tap, stride };
    this.#requests.set(tapKey(tap, stride), request);
  }

  /** Asks for what an entry is made from; the ends of the stretch are there anyway. */
  wantEntry(entry: Entry, from: number, until: number): void {
    if (entry.form === 'value') {
      if (entry.from >= from && entry.from < until) this.want({ of: 'value', at: entry.from });
    } else {
      this.#wantInside(entry.until, from, until);
      if (entry.form === 'residual') this.#wantInside(entry.from, from, until);
    }
  }

  /**
   * Asks for what an indicator looks at.
   *
   * @param sketchedEnds - whether the runner is asked for sketches of the stream at the ends as well, though it hands the
   *   stream itself over: then nobody needs it whole
   */
  wantIndicator(indicator: Indicator, from: number, until: number, sketchedEnds = false): void {
    const { tap, stride } = indicator;
    if (tap.of !== 'residual' && tap.of !== 'stream') return this.want(tap, stride);
    for (const at of positionsIn(tap))
      if (sketchedEnds && isSketch(indicator) && (at === from || at === until))
        this.want({ of: 'stream', at }, stride);
      else this.#wantInside(at, from, until, stride);
  }

  /** The requests in a fixed order. */
  list(): readonly TapRequest[] {
    return [...this.#requests.values()];
  }

  #wantInside(at: number, from: number, until: number, stride?: number): void {
    if (at > from && at < until) this.want({ of: 'stream', at }, stride);
  }
}

/** Whether an indicator reads only some elements. */
export function isSketch({ stride }: Pick<Indicator, 'stride'>): boolean {
  return stride !== undefined && stride > 1;
}

/** Positions of the stream that a tap reads. */
export function positionsIn(tap: Indicator['tap']): readonly number[] {
  if (tap.of === 'residual') return [tap.from, tap.until];
  return tap.of === 'stream' ? [tap.at] : [];
}

/** The taps that indicators need which look at a position before anything is computed there. */
export function lookRequests(indicators: readonly Indicator[], at: number): readonly TapRequest[] {
  const taps = new TapList();
  for (const indicator of indicators) taps.wantIndicator(indicator, at, at);
  return taps.list();
}

/** The same key for the same tap and stride. A sketch of stride 1 is not the whole feature: it is flat. */
export function tapKey(tap: RunnerTap, stride?: number): string {
  return `${tap.of} ${tap.of === 'conditioning' ? tap.name : tap.at} ${stride ?? 'whole'}`;
}

/** True for taps of the frame around the stream: the sample before it, the output behind it, or their difference. */
export function isFrameTap(tap: Indicator['tap'], length: number): boolean {
  if (tap.of === 'residual') return tap.from < 0 || tap.until > length;
  return tap.of === 'stream' && (tap.at < 0 || tap.at > length);
}

/** Where the span after a tap starts. Conditioning has no place: it belongs to whatever is computed. */
export function positionOf(tap: Indicator['tap']): number {
  if (tap.of === 'conditioning') return -Number.MAX_VALUE;
  return tap.of === 'residual' ? tap.until : tap.at;
}
