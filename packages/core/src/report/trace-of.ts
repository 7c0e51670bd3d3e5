import { RunError } from '../errors.ts';
import {
  laneName,
  printTrace,
  reusedEntries,
  type LaneTrace,
  type TraceSpan,
} from '../policy/baseline/trace.ts';
import type { Entry } from '../policy/decision.ts';
import type { DecisionRecord, RunReport } from './report.ts';

/**
 * The decisions of a run as text for {@link recorded}, which replays them. Of a run that was aborted or failed it has
 * the steps that came to their end.
 *
 * @param report - of a run
 * @throws RunError `RUN_OPTIONS` when the policy acted on the whole model or took terms of other branches, which a trace
 * has no words for
 */
export function traceOf(report: Pick<RunReport, 'decisions' | 'steps' | 'mask' | 'passes'>): string {
  if (report.decisions.some(({ site, borrowed, slot }) => site < 0 || borrowed || slot !== undefined))
    throw new RunError(
      'RUN_OPTIONS',
      '[core] this run has decisions on the whole model or across branches, which a trace cannot tell: ' +
        'run the policy itself again instead of replaying it',
    );
  const { steps, passes } = report;
  const decisions = passes === 0 ? [] : report.decisions.filter(({ did }) => did !== 'measured');
  const end = Math.max(0, ...decisions.map(({ until }) => until));
  const lanes = Object.keys(report.mask).map((lane) => {
    const mine = decisions.filter(({ branch, call }) => laneName(branch, call) === lane);
    const all = Array.from({ length: steps }, (_, step) => mine.filter((record) => record.step === step));
    return [lane, laneOf(all.map((records) => (records.at(-1)?.until === end ? records : [])))] as const;
  });
  return printTrace(Object.fromEntries(lanes));
}

function laneOf(steps: readonly (readonly DecisionRecord[])[]): LaneTrace {
  const plain = steps.map((records) => records.map((record) => spanOf(record)));
  const reused = reusedEntries(plain);
  return steps.map((records) => {
    const spans: TraceSpan[] = [];
    let from = 0;
    for (const record of records) {
      const span = record.did === 'computed' ? computedSpan(record, reused) : spanOf(record);
      const joined = join(spans.at(-1), from, span, reused);
      if (joined) spans[spans.length - 1] = joined;
      else {
        spans.push(span);
        from = record.site;
      }
    }
    return spans;
  });
}

function spanOf({ did, until, form = 'residual', weights = [1] }: DecisionRecord): TraceSpan {
  return did === 'computed' ? { do: 'compute', until } : { do: 'reuse', until, form, weights };
}

/** Says what was kept only where it is not what `recorded` would keep by itself. */
function computedSpan({ site, until, keep = [] }: DecisionRecord, reused: readonly Entry[]): TraceSpan {
  const [kept, wanted] = [new Set(keep.map(keyOf)), inside(reused, site, until)];
  const span = { do: 'compute', until } as const;
  return wanted.every((entry) => kept.has(keyOf(entry)))
    ? span
    : { ...span, keep: wanted.filter((entry) => kept.has(keyOf(entry))) };
}

/** Two computed spans in a row are one, unless the one would keep what neither of the two did. */
function join(
  before: TraceSpan | undefined,
  from: number,
  span: TraceSpan,
  reused: readonly Entry[],
): TraceSpan | undefined {
  if (before?.do !== 'compute' || span.do !== 'compute' || before.keep || span.keep) return undefined;
  const across = inside(reused, from, span.until).some(
    (entry) => entry.from < before.until && entry.until > before.until,
  );
  return across ? undefined : span;
}

function inside(entries: readonly Entry[], from: number, until: number): readonly Entry[] {
  return entries.filter((entry) => entry.from >= from && entry.until <= until);
}

function keyOf({ from, until, form }: Entry): string {
  return `${form} ${from} ${until}`;
}
