import type { BorrowedTerm, CacheForm, Entry, SAMPLE } from '../decision.ts';

/** One decision of a recorded run, without its reason. */
export type TraceSpan =
  | {
      readonly do: 'compute';
      readonly until: number;
      /** Where the first span of a step at the model level starts. Left out: at the end of the span before it, or 0. */
      readonly from?: typeof SAMPLE;
      /** What is remembered of the span. Left out: every entry inside it that some step reuses or borrows. */
      readonly keep?: readonly Entry[];
      /** Where `keep` is left out: every such entry that starts inside the span, wherever it ends. */
      readonly across?: true;
    }
  | {
      readonly do: 'reuse';
      readonly until: number;
      /** Where a span that stands for the whole model starts. Left out: at the end of the span before it, or 0. */
      readonly from?: typeof SAMPLE;
      readonly form: CacheForm;
      /** May be empty when terms are borrowed. */
      readonly weights: readonly number[];
      /** The history that is combined. Left out: the only one. */
      readonly slot?: string;
      /** Terms from other branches or histories. */
      readonly borrowed?: readonly BorrowedTerm[];
    };

/** The decisions of one branch (and call): for each step the spans in order, none where the step was not run. */
export type LaneTrace = readonly (readonly TraceSpan[])[];

/** The decisions of a run by lane: `conditional`, or `conditional.1` for the second call of a step. */
export type Trace = Readonly<Record<string, LaneTrace>>;

type ComputedSpan = Extract<TraceSpan, { do: 'compute' }>;
type ReusedSpan = Extract<TraceSpan, { do: 'reuse' }>;

/** The key of a lane in a {@link Trace}. */
export function laneName(branch: string, call: number): string {
  return call === 0 ? branch : `${branch}.${call}`;
}

/** The spans of a step with the positions where they start. */
export function* placedSpans(
  step: readonly TraceSpan[],
): Generator<{ readonly from: number; readonly span: TraceSpan }> {
  let from = 0;
  for (const span of step) {
    yield { from: span.from ?? from, span };
    from = span.until;
  }
}

/** Every reuse of a lane, with its step and the position where it starts. */
export function* reusesOf(
  lane: LaneTrace,
): Generator<{ readonly step: number; readonly from: number; readonly span: ReusedSpan }> {
  for (const [step, spans] of lane.entries())
    for (const { from, span } of placedSpans(spans)) if (span.do === 'reuse') yield { step, from, span };
}

/** The steps of a lane; none for a lane that the trace does not have. */
export function laneOf(trace: Trace, lane: string): LaneTrace {
  return Object.hasOwn(trace, lane) ? (trace[lane] ?? []) : [];
}

/** A name for an entry, the same for the same span, form and slot. */
export function entryKey({ from, until, form, slot = '' }: Entry): string {
  return `${form} ${from} ${until} ${slot}`;
}

/** The lane of a branch in the call of step that another lane belongs to: branches have no dot in their names. */
export function siblingOf(lane: string, branch: string): string {
  const dot = lane.indexOf('.');
  return dot < 0 ? branch : branch + lane.slice(dot);
}

/** The entry of another branch or history that a term takes a feature of. */
export function borrowedEntry(from: number, { until, form }: ReusedSpan, { slot }: BorrowedTerm): Entry {
  return { from, until, form, ...(slot && { slot }) };
}

/** Every entry of a lane that some step reuses, or that a branch of the same call borrows from; each once. */
export function reusedEntries(trace: Trace, lane: string): readonly Entry[] {
  const entries = new Map<string, Entry>();
  const add = (entry: Entry): void => void entries.set(entryKey(entry), entry);
  for (const name of Object.keys(trace))
    for (const { from, span } of reusesOf(laneOf(trace, name))) {
      const { until, form, slot, weights, borrowed = [] } = span;
      if (name === lane && weights.length > 0) add({ from, until, form, ...(slot && { slot }) });
      for (const term of borrowed)
        if (siblingOf(name, term.branch) === lane) add(borrowedEntry(from, span, term));
    }
  return [...entries.values()];
}

/**
 * What is remembered of a computed span.
 *
 * @param span - of a trace
 * @param from - where it starts
 * @param reused - entries that its lane must have at some step: see {@link reusedEntries}
 */
export function keptEntries(span: ComputedSpan, from: number, reused: readonly Entry[]): readonly Entry[] {
  if (span.keep) return span.keep;
  const { until, across } = span;
  return reused.filter((entry) => entry.from >= from && (across ? entry.from < until : entry.until <= until));
}
