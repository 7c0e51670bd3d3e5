import { printTrace } from '../policy/baseline/trace-text.ts';
import {
  entryKey,
  keptEntries,
  laneName,
  reusedEntries,
  type LaneTrace,
  type TraceSpan,
} from '../policy/baseline/trace.ts';
import { SAMPLE, type Entry } from '../policy/decision.ts';
import type { DecisionRecord, RunReport } from './report.ts';

/** A span on its way into the trace: where it starts, and for a computed one what is kept of it and needed. */
interface Told {
  readonly from: number;
  readonly span: TraceSpan;
  readonly kept: readonly Entry[];
}

/**
 * The decisions of a run as text for {@link recorded}, which replays them. Of a run that was aborted or failed it has
 * the steps that came to their end.
 *
 * @param report - of a run
 */
export function traceOf(report: Pick<RunReport, 'decisions' | 'steps' | 'mask' | 'passes'>): string {
  const { steps, passes } = report;
  const decisions = passes === 0 ? [] : report.decisions.filter(({ did }) => did !== 'measured');
  const end = decisions.reduce((most, { until }) => Math.max(most, until), 0);
  const lanes = Object.keys(report.mask).map((lane) => {
    const mine = decisions.filter(({ branch, call }) => laneName(branch, call) === lane);
    const all = Array.from({ length: steps }, (_, step) => mine.filter((record) => record.step === step));
    return [lane, all.map((records) => (records.at(-1)?.until === end ? records : []))] as const;
  });
  const plain = Object.fromEntries(
    lanes.map(([lane, all]) => [lane, all.map((records) => records.map(spanOf))]),
  );
  const told = lanes.map(([lane, all]) => [lane, laneTrace(all, reusedEntries(plain, lane))] as const);
  return printTrace(Object.fromEntries(told));
}

function laneTrace(steps: readonly (readonly DecisionRecord[])[], reused: readonly Entry[]): LaneTrace {
  return steps.map((records) => {
    const told: Told[] = [];
    for (const record of records) {
      let next = tell(record, reused);
      for (let joined = join(told.at(-1), next, reused); joined; joined = join(told.at(-1), next, reused)) {
        told.pop();
        next = joined;
      }
      told.push(next);
    }
    return told.map(({ span }) => span);
  });
}

function tell(record: DecisionRecord, reused: readonly Entry[]): Told {
  const { site, until, did, keep = [] } = record;
  if (did !== 'computed') return { from: site, span: spanOf(record), kept: [] };
  const keys = new Set(keep.map(entryKey));
  return computed(
    site,
    until,
    reused.filter((entry) => keys.has(entryKey(entry))),
    reused,
  );
}

function spanOf({
  did,
  site,
  until,
  form = 'residual',
  weights = [1],
  slot,
  borrowed = [],
}: DecisionRecord): TraceSpan {
  const place = { until, ...atSample(site) };
  if (did === 'computed') return { do: 'compute', ...place };
  const [own, others] = [slot && { slot }, borrowed.length > 0 && { borrowed }];
  return { do: 'reuse', ...place, form, weights, ...own, ...others };
}

function atSample(site: number): { readonly from?: typeof SAMPLE } {
  return site === SAMPLE ? { from: SAMPLE } : {};
}

/** Says what was kept only where it is not what `recorded` would keep by itself. */
function computed(from: number, until: number, kept: readonly Entry[], reused: readonly Entry[]): Told {
  const plain = { do: 'compute', until, ...atSample(from) } as const;
  const rule = [plain, { ...plain, across: true as const }].find((span) => {
    // Both are taken from what is reused, in its order.
    const byRule = keptEntries(span, from, reused);
    return byRule.length === kept.length && byRule.every((entry, index) => entry === kept[index]);
  });
  return { from, span: rule ?? { ...plain, keep: kept }, kept };
}

/** Two computed spans in a row are one, where it can be said without naming all that is kept. */
function join(before: Told | undefined, after: Told, reused: readonly Entry[]): Told | undefined {
  if (before?.span.do !== 'compute' || after.span.do !== 'compute') return undefined;
  const both = new Set([...before.kept, ...after.kept]);
  const kept = reused.filter((entry) => both.has(entry));
  const joined = computed(before.from, after.span.until, kept, reused);
  return joined.span.do === 'compute' && joined.span.keep ? undefined : joined;
}
