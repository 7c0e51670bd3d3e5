import { describeReason, type DecisionRecord, type RunReport, type Stream } from '@refrain/core';
import type { Timeline, TimelineSite } from './data.ts';

/**
 * What a policy did at each site and step, one timeline for each branch. Sites are blocks, or inner sites where the
 * policy acted inside blocks.
 */
export function timelinesOf(
  report: Pick<RunReport, 'policy' | 'steps' | 'branches' | 'decisions'>,
  stream: Stream,
): readonly Timeline[] {
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
