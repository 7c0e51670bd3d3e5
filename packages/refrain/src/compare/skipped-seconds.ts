import type { RunReport } from '@refrain/core';
import type { CostModel } from '@refrain/sim';
import type { PlainGeneration } from '../pipeline/generation.ts';

/**
 * Seconds that the reused sites of a run would have taken: each step's own plain stack time, by shares. A pass that was
 * left out as a whole would have taken its frame as well.
 *
 * @param report - of the cached run
 * @param plain - the plain run that was interleaved with it
 * @param costs - of the sites, of which only the shares count: the plain run says what the whole took
 */
export function skippedSeconds(
  report: Pick<RunReport, 'decisions'>,
  plain: Pick<PlainGeneration, 'passes'>,
  costs: Pick<CostModel, 'whole' | 'value'>,
): number {
  const all = sum(costs.whole);
  let seconds = 0;
  for (const { did, step, branch, site, until, form } of report.decisions) {
    if (did !== 'reused') continue;
    const { stack = 0, frame = 0 } = plain.passes[step]?.[branch] ?? {};
    if (site < 0) seconds += frame;
    const skipped = (form === 'value' ? costs.value : costs.whole).slice(Math.max(0, site), until);
    seconds += (stack * sum(skipped)) / all;
  }
  return seconds;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
