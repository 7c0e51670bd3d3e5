import type { OpenSpan } from './open-span.ts';

/** A stretch that must be computed in one go, because a difference over it is measured. */
interface Zone {
  readonly from: number;
  readonly until: number;
}

/** The stretches that a span wants computed in one go, from a position on. */
export function zonesOf({ measure, from }: OpenSpan, site: number = from): readonly Zone[] {
  return measure.flatMap(({ tap }) =>
    tap.of === 'residual' && tap.from >= site ? [{ from: tap.from, until: tap.until }] : [],
  );
}

/**
 * How far to compute from a position: to the first end, but neither into a zone nor only through a part of it.
 *
 * @param ends - up to where each policy computes
 * @param spans - all spans that cover the position
 */
export function reachOf(site: number, ends: readonly number[], spans: readonly OpenSpan[]): number {
  const zones = spans.flatMap((span) => zonesOf(span, site)).toSorted((one, two) => one.from - two.from);
  let reach = Math.min(...ends);
  for (const { from, until } of zones) if (from < reach && reach < until) reach = from <= site ? until : from;
  return reach;
}
