import { SAMPLE } from '../decision.ts';
import type { Needs } from '../policy.ts';
import {
  borrowedEntry,
  entryKey,
  keptEntries,
  laneOf,
  placedSpans,
  reusedEntries,
  reusesOf,
  siblingOf,
  type LaneTrace,
  type Trace,
  type TraceSpan,
} from './trace.ts';

/** What a run needs to replay a trace. */
export function needsOf(trace: Trace): Needs {
  const reuses = Object.values(trace).flatMap((lane) => [...reusesOf(lane)].map(({ span }) => span));
  const terms = reuses.flatMap(({ borrowed = [] }) => borrowed);
  return {
    history: Math.max(1, ...reuses.map(({ weights }) => weights.length), borrowedDepth(trace)),
    ...(reuses.some(({ form }) => form === 'value') && { inner: 'any' as const }),
    ...(actsOnModel(trace) && { model: true as const }),
    ...(borrowsFromOthers(trace) && { branches: 'two' as const }),
    ...(terms.some(({ lowPass }) => lowPass !== undefined) && { operations: ['lowPass'] as const }),
  };
}

/** True if some step of the trace begins at the sample. */
function actsOnModel(trace: Trace): boolean {
  return Object.values(trace).some((lane) => lane.some(([first]) => first?.from === SAMPLE));
}

function borrowsFromOthers(trace: Trace): boolean {
  return Object.entries(trace).some(([name, lane]) =>
    [...reusesOf(lane)].some(({ span: { borrowed = [] } }) =>
      borrowed.some(({ branch }) => siblingOf(name, branch) !== name),
    ),
  );
}

/** How far back in the history of its entry a borrowed feature can lie: as many as were kept from its step on. */
function borrowedDepth(trace: Trace): number {
  const kept = new Map<string, readonly ReadonlySet<string>[]>();
  let depth = 0;
  for (const [name, lane] of Object.entries(trace))
    for (const { step, from, span } of reusesOf(lane))
      for (const term of span.borrowed ?? []) {
        const sibling = siblingOf(name, term.branch);
        const bySteps = kept.get(sibling) ?? keptBySteps(trace, sibling);
        kept.set(sibling, bySteps);
        const key = entryKey(borrowedEntry(from, span, term));
        const since = bySteps.slice(term.step, step + 1);
        depth = Math.max(depth, since.filter((keys) => keys.has(key)).length);
      }
  return depth;
}

function keptBySteps(trace: Trace, name: string): readonly ReadonlySet<string>[] {
  const reused = reusedEntries(trace, name);
  return laneOf(trace, name).map((spans) => {
    const keys = new Set<string>();
    for (const { from, span } of placedSpans(spans))
      if (span.do === 'compute')
        for (const entry of keptEntries(span, from, reused)) keys.add(entryKey(entry));
    return keys;
  });
}

/** The same trace with all steps at the model level, if one is: the others compute the way in and the way out. */
export function atOneLevel(trace: Trace): Trace {
  if (!actsOnModel(trace)) return trace;
  const lanes = Object.entries(trace).map(([name, lane]) => [name, lane.map(withFrame)] as const);
  return Object.fromEntries(lanes) satisfies Record<string, LaneTrace>;
}

function withFrame(spans: readonly TraceSpan[]): readonly TraceSpan[] {
  const last = spans.at(-1);
  if (!last || spans[0]?.from === SAMPLE) return spans;
  return [{ do: 'compute', from: SAMPLE, until: 0 }, ...spans, { do: 'compute', until: last.until + 1 }];
}
