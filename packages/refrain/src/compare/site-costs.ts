import type { BlockRunner, PassInfo, RunReport, Stream } from '@refrain/core';
import type { PlainGeneration } from '../pipeline/generation.ts';
import { median } from '../report/statistics.ts';

/** What each position of the stream costs, as shares of the whole stack of blocks. */
export interface SiteCosts {
  /** Computing and applying the site: what reuse of a residual or an output over it saves. Adds up to 1. */
  readonly whole: readonly number[];
  /** Computing the site's value: what reuse of the value saves, since it is applied all the same. */
  readonly value: readonly number[];
}

/**
 * Measures what every position of the stream costs: one span a position, and for inner sites another with the value
 * given. Medians over rounds; single spans cost a little more than fused ones, so only their shares are used.
 *
 * @param runner - whose sites are measured
 * @param input - of one pass
 * @param at - where in a run the pass stands
 * @param rounds - how often everything is measured
 */
export async function measureSiteCosts<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  stream: Stream,
  input: Input,
  at: PassInfo,
  rounds: number,
): Promise<SiteCosts> {
  const computed: number[][] = [];
  const applied: number[][] = [];
  // The first round compiles sessions and warms caches up; it does not count.
  for (let round = -1; round < rounds; round++) {
    const times = await measureOnce(runner, stream, input, at);
    times.forEach(({ whole, apply }, position) => {
      if (round < 0) return;
      (computed[position] ??= []).push(whole);
      (applied[position] ??= []).push(apply);
    });
  }
  const whole = computed.map(median);
  const total = whole.reduce((sum, seconds) => sum + seconds, 0);
  const apply = applied.map(median);
  return {
    whole: whole.map((seconds) => seconds / total),
    value: whole.map((seconds, position) => Math.max(0, seconds - (apply[position] ?? 0)) / total),
  };
}

async function measureOnce<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  stream: Stream,
  input: Input,
  at: PassInfo,
): Promise<readonly { whole: number; apply: number }[]> {
  const pass = await runner.enter(input, at);
  const times: { whole: number; apply: number }[] = [];
  let x = pass.x;
  for (let from = 0; from < stream.length; from++) {
    const inner = stream.inner[from];
    const taps = inner ? [{ tap: { of: 'value', at: from } as const }] : [];
    const span = { from, until: from + 1, x, values: new Map<number, Feature>() };
    const value = inner ? (await pass.span({ ...span, taps })).taps[0] : undefined;
    const start = performance.now();
    const result = await pass.span({ ...span, taps: [] });
    const middle = performance.now();
    if (value) await pass.span({ ...span, values: new Map([[from, value]]), taps: [] });
    const end = performance.now();
    times.push({ whole: middle - start, apply: value ? end - middle : 0 });
    x = result.x;
  }
  pass.release?.();
  return times;
}

/**
 * Seconds that the reused sites of a run would have taken: each step's own plain stack time, by shares. A pass that was
 * left out as a whole would have taken its frame as well.
 *
 * @param report - of the cached run
 * @param plain - the plain run that was interleaved with it
 */
export function skippedSeconds(
  report: Pick<RunReport, 'decisions'>,
  plain: Pick<PlainGeneration, 'passes'>,
  costs: SiteCosts,
): number {
  let seconds = 0;
  for (const { did, step, branch, site, until, form } of report.decisions) {
    if (did !== 'reused') continue;
    const { stack = 0, frame = 0 } = plain.passes[step]?.[branch] ?? {};
    if (site < 0) seconds += frame;
    const shares = (form === 'value' ? costs.value : costs.whole).slice(Math.max(0, site), until);
    seconds += stack * shares.reduce((sum, share) => sum + share, 0);
  }
  return seconds;
}
