import { PolicyError } from '../../errors.ts';
import type { Decision, Entry } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { textOption } from '../options.ts';
import type { Position, RunShape } from '../policy.ts';
import { compute } from '../span.ts';
import { laneName, readTrace, reusedEntries, type LaneTrace, type Trace, type TraceSpan } from './trace.ts';

/** Options of {@link recorded}. */
export interface RecordedOptions {
  /** The decisions, as printed by {@link printTrace} or taken from a report by {@link traceOf}. */
  readonly trace: string;
}

/** What `recorded` remembers: the lane of the trace that belongs to its branch. */
export type RecordedState = {
  readonly length: number;
  readonly lane: string;
  /** Entries that the lane reuses at some step: [from, until, form]. */
  readonly reused: readonly (readonly [number, number, Entry['form']])[];
};

/**
 * Replays the decisions of an earlier run, whatever the content is now.
 *
 * @throws PolicyConfigError `POLICY_OPTIONS` when the trace cannot be read
 * @throws PolicyError `POLICY_NEEDS` at the start of a run that has another number of steps, other branches or sites
 *
 * @example
 * ```ts
 * const again = recorded({ trace: traceOf(run.report()) });
 * ```
 */
export const recorded: PolicyFactory<RecordedOptions, RecordedState> = definePolicy<
  RecordedOptions,
  RecordedState
>({
  name: 'recorded',
  about: 'replays the decisions of an earlier run',
  baseline: true,
  options: {
    trace: textOption('the decisions, lane by lane', '', /^[^,()]*$/, 'the trace of a run, see traceOf', {
      quoted: true,
    }),
  },
  check: ({ trace }) =>
    readTrace(trace) ? [] : [{ option: 'trace', message: 'expected lanes such as conditional:c12/r12' }],
  rule: ({ trace: text }) => {
    const trace = readTrace(text) ?? {};
    return {
      granularity: 'block',
      needs: { history: longestHistory(trace), ...(reusesValues(trace) ? { inner: 'any' as const } : {}) },
      limits: () => ({ warmUp: 1, tail: 0 }),
      init: (run) => initialState(trace, run),
      next: (state, at) => replay(state, laneOf(trace, state.lane), at),
      observe: (state) => state,
    };
  },
});

function initialState(trace: Trace, run: RunShape): RecordedState {
  const lane = laneName(run.branch, run.call);
  const steps = laneOf(trace, lane);
  const length = run.stream.length;
  const reach = steps.every((spans) => (spans.at(-1)?.until ?? length) === length);
  if (steps.length !== run.steps || !reach)
    throw new PolicyError(
      'POLICY_NEEDS',
      `[core] recorded: the run has ${run.steps} steps, branch ${lane} and ${length} sites; ` +
        `the trace has ${describe(trace)}. Replay it on a run of the same shape`,
    );
  return { length, lane, reused: reusedEntries(steps).map(({ from, until, form }) => [from, until, form]) };
}

function describe(trace: Trace): string {
  return Object.entries(trace)
    .map(([lane, steps]) => `${steps.length} steps of ${sitesOf(steps)} sites for ${lane}`)
    .join(' and ');
}

function replay(state: RecordedState, lane: LaneTrace, at: Position): Decision {
  const why = { kind: 'recorded' } as const;
  let from = 0;
  for (const span of lane[at.step] ?? []) {
    if (from === at.site)
      return span.do === 'reuse' ? { ...span, why } : compute(span.until, why, kept(state, from, span));
    from = span.until;
  }
  return compute(state.length, why);
}

function sitesOf(lane: LaneTrace): number {
  return Math.max(0, ...lane.map((spans) => spans.at(-1)?.until ?? 0));
}

function kept(
  state: RecordedState,
  from: number,
  span: Extract<TraceSpan, { do: 'compute' }>,
): readonly Entry[] {
  if (span.keep) return span.keep;
  return state.reused
    .map((entry): Entry => ({ from: entry[0], until: entry[1], form: entry[2] }))
    .filter((entry) => entry.from >= from && entry.until <= span.until);
}

function laneOf(trace: Trace, lane: string): LaneTrace {
  return Object.hasOwn(trace, lane) ? (trace[lane] ?? []) : [];
}

function allSpans(trace: Trace): readonly TraceSpan[] {
  return Object.values(trace).flat(2);
}

function longestHistory(trace: Trace): number {
  return Math.max(1, ...allSpans(trace).map((span) => (span.do === 'reuse' ? span.weights.length : 0)));
}

function reusesValues(trace: Trace): boolean {
  return allSpans(trace).some((span) => span.do === 'reuse' && span.form === 'value');
}
