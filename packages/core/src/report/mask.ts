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
 * @param length - of the stream: the frame around it counts for nothing
 */
export function masksOf(
  decisions: readonly DecisionRecord[],
  steps: number,
  lanes: readonly string[],
  length: number,
): Readonly<Record<string, string>> {
  const tallies = new Map(lanes.map((lane) => [lane, new Map<number, Tally>()]));
  for (const record of decisions) {
    const { branch, call, step, did } = record;
    const sites = sitesOf(record, length);
    const lane = laneName(branch, call);
    const tally = tallies.get(lane)?.get(step) ?? { computed: 0, reused: 0 };
    if (did === 'computed') tally.computed += sites;
    if (did === 'reused') tally.reused += sites;
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
export function reuseRateOf(decisions: readonly DecisionRecord[], length: number): number {
  let reused = 0;
  let all = 0;
  for (const record of decisions) {
    const sites = sitesOf(record, length);
    all += sites;
    if (record.did === 'reused') reused += sites;
  }
  return all === 0 ? 0 : reused / all;
}

/** How many positions of the stream a decision covers. */
function sitesOf({ site, until }: DecisionRecord, length: number): number {
  return Math.max(0, Math.min(until, length) - Math.max(site, 0));
}
