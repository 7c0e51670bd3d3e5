import { laneName } from '../policy/baseline/trace.ts';
import type { DecisionRecord } from './report.ts';

/** How many sites of a step were computed and reused. */
interface Tally {
  computed: number;
  reused: number;
}

/**
 * One character a step for each lane: `1` all computed, `0` all reused, `p` part of both, `-` not run.
 *
 * @param decisions - of one run
 * @param steps - number of steps of the run
 * @param lanes - names of the lanes, so that one without any decision still shows
 */
export function masksOf(
  decisions: readonly DecisionRecord[],
  steps: number,
  lanes: readonly string[],
): Readonly<Record<string, string>> {
  const tallies = new Map(lanes.map((lane) => [lane, new Map<number, Tally>()]));
  for (const { branch, call, step, site, until, did } of decisions) {
    const lane = laneName(branch, call);
    const tally = tallies.get(lane)?.get(step) ?? { computed: 0, reused: 0 };
    if (did === 'computed') tally.computed += until - site;
    if (did === 'reused') tally.reused += until - site;
    tallies.get(lane)?.set(step, tally);
  }
  return Object.fromEntries(
    [...tallies].map(([lane, byStep]) => [
      lane,
      Array.from({ length: steps }, (_, step) => symbol(byStep.get(step))).join(''),
    ]),
  );
}

function symbol(tally: Tally | undefined): string {
  if (!tally || tally.computed + tally.reused === 0) return '-';
  if (tally.reused === 0) return '1';
  return tally.computed === 0 ? '0' : 'p';
}

/** Sites reused as a share of all sites passed; 0 when nothing was passed. */
export function reuseRateOf(decisions: readonly DecisionRecord[]): number {
  let reused = 0;
  let all = 0;
  for (const { site, until, did } of decisions) {
    all += until - site;
    if (did === 'reused') reused += until - site;
  }
  return all === 0 ? 0 : reused / all;
}
