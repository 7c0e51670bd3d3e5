import type { DecisionRecord, Reason, RunReport, Stream } from '@refrain/core';
import type { Timeline, TimelineSite } from '../report/report-data.ts';

/**
 * What a policy did at each site and step, one timeline for each branch. Sites are blocks, or inner sites where the
 * policy acted inside blocks.
 */
export function timelinesOf(report: RunReport, stream: Stream): readonly Timeline[] {
  const inside = report.decisions.some(({ form }) => form === 'value');
  const sites = inside ? stream.inner : stream.blocks;
  return report.branches.map((branch) => {
    const records = report.decisions.filter((record) => record.branch === branch);
    return {
      policy: report.policy,
      branch,
      sites: sites.map((site): TimelineSite => ({
        name: site.name,
        kind: site.level === 'block' ? 'block' : site.kind,
      })),
      cells: sites.map(({ from, until }) => cellsOf(records, report.steps, from, until)),
      reasons: Array.from({ length: report.steps }, (_, step) => reasonsAt(records, step)),
    };
  });
}

function cellsOf(records: readonly DecisionRecord[], steps: number, from: number, until: number): string {
  const cells = Array.from({ length: steps }, () => '-');
  for (const { step, site, until: end, did } of records) {
    if (did === 'measured' || site >= until || end <= from) continue;
    // A block of which any part was computed counts as computed.
    if (did === 'computed') cells[step] = '1';
    else if (cells[step] === '-') cells[step] = '0';
  }
  return cells.join('');
}

function reasonsAt(records: readonly DecisionRecord[], step: number): string {
  const texts = records
    .filter((record) => record.step === step && record.did !== 'measured')
    .map(
      ({ why, refused }) =>
        describeReason(why) + (refused ? `, but ${refused.replace('-', ' ')}: computed` : ''),
    );
  return [...new Set(texts)].join('; ');
}

/** A reason in words. */
function describeReason(why: Reason): string {
  const digits = (value: number): string => value.toPrecision(3);
  switch (why.kind) {
    case 'always-compute':
      return 'this policy never reuses here';
    case 'first':
      return 'nothing computed before';
    case 'warm-up':
      return `warm-up until step ${why.until}`;
    case 'tail':
      return `tail: everything from step ${why.from} on is computed`;
    case 'outside-window':
      return `timestep ${digits(why.timestep)} is not between ${why.low} and ${why.high}`;
    case 'schedule':
      return 'by schedule';
    case 'above-threshold':
      return `indicator ${digits(why.value)} ≥ threshold ${why.threshold}`;
    case 'below-threshold':
      return `indicator ${digits(why.value)} < threshold ${why.threshold}`;
    case 'age-limit':
      return `reused ${why.age} times in a row, the limit is ${why.limit}`;
    case 'no-indicator':
      return `no usable indicator (${why.because.replace('-', ' ')})`;
    case 'look':
      return 'looks before deciding';
    case 'recorded':
      return 'as recorded';
  }
}
