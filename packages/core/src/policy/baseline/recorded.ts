import { PolicyError } from '../../errors.ts';
import { outputOf, type Decision, type Entry } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { textOption } from '../options.ts';
import type { Position, RunShape } from '../policy.ts';
import { compute } from '../span.ts';
import { atOneLevel, needsOf } from './trace-needs.ts';
import { readTrace } from './trace-text.ts';
import {
  keptEntries,
  laneName,
  laneOf,
  placedSpans,
  reusedEntries,
  type LaneTrace,
  type Trace,
} from './trace.ts';

/** Options of {@link recorded}. */
export interface RecordedOptions {
  /** The decisions, as printed by {@link printTrace} or taken from a report by {@link traceOf}. */
  readonly trace: string;
}

/** What `recorded` remembers: the lane of the trace that belongs to its branch, and where its passes end. */
export type RecordedState = {
  readonly end: number;
  readonly lane: string;
};

/**
 * Replays the decisions of an earlier run, whatever the content is now.
 *
 * @throws PolicyConfigError `POLICY_OPTIONS` when the trace cannot be read
 * @throws PolicyError `POLICY_NEEDS` at the start of a run that has another number of steps, other branches or sites, or
 * of a runner without what the trace needs: inner sites, the model site, `lowPass`
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
    const trace = atOneLevel(readTrace(text) ?? {});
    const needs = needsOf(trace);
    const reused = new Map(Object.keys(trace).map((lane) => [lane, reusedEntries(trace, lane)]));
    return {
      granularity: 'block',
      needs,
      limits: ({ branch, call }) => ({ warmUp: warmUpOf(laneOf(trace, laneName(branch, call))), tail: 0 }),
      init: (run) => initialState(trace, run, needs.model ? outputOf(run.stream.length) : run.stream.length),
      next: (state, at) => replay(state, laneOf(trace, state.lane), reused.get(state.lane) ?? [], at),
      observe: (state) => state,
    };
  },
});

/** Nothing is cached at the first step, unless a branch that was run before can lend something. */
function warmUpOf([first = []]: LaneTrace): number {
  return first.some((span) => span.do === 'reuse' && span.borrowed) ? 0 : 1;
}

function initialState(trace: Trace, run: RunShape, end: number): RecordedState {
  const lane = laneName(run.branch, run.call);
  const steps = laneOf(trace, lane);
  const reach = steps.every((spans) => (spans.at(-1)?.until ?? end) === end);
  if (steps.length !== run.steps || !reach) {
    const { length } = run.stream;
    throw new PolicyError(
      'POLICY_NEEDS',
      `[core] recorded: the run has ${run.steps} steps, branch ${lane} and ${length} sites; ` +
        `the trace has ${describe(trace, end - length)}. Replay it on a run of the same shape`,
    );
  }
  return { end, lane };
}

function describe(trace: Trace, behind: number): string {
  return Object.entries(trace)
    .map(
      ([lane, steps]) => `${steps.length} steps of ${Math.max(0, lastOf(steps) - behind)} sites for ${lane}`,
    )
    .join(' and ');
}

function lastOf(lane: LaneTrace): number {
  return Math.max(0, ...lane.map((spans) => spans.at(-1)?.until ?? 0));
}

function replay(state: RecordedState, lane: LaneTrace, reused: readonly Entry[], at: Position): Decision {
  const why = { kind: 'recorded' } as const;
  for (const { from, span } of placedSpans(lane[at.step] ?? [])) {
    if (from !== at.site) continue;
    if (span.do === 'compute') return compute(span.until, why, keptEntries(span, from, reused));
    const { until, form, weights, slot, borrowed } = span;
    return { do: 'reuse', until, form, weights, ...(slot && { slot }), ...(borrowed && { borrowed }), why };
  }
  return compute(state.end, why);
}
