import type { CacheForm, Entry } from '../decision.ts';

/** One decision of a recorded run, without its reason. */
export type TraceSpan =
  | { readonly do: 'compute'; readonly until: number }
  | {
      readonly do: 'reuse';
      readonly until: number;
      readonly form: CacheForm;
      readonly weights: readonly number[];
    };

/** The decisions of one branch (and call): for each step the spans in order. */
export type LaneTrace = readonly (readonly TraceSpan[])[];

/** The decisions of a run by lane: `conditional`, or `conditional.1` for the second call of a step. */
export type Trace = Readonly<Record<string, LaneTrace>>;

const FORM_LETTERS: Readonly<Record<CacheForm, string>> = { residual: 'r', output: 'o', value: 'v' };
const LETTER_FORMS: Readonly<Record<string, CacheForm>> = { r: 'residual', o: 'output', v: 'value' };

/** The key of a lane in a {@link Trace}. */
export function laneName(branch: string, call: number): string {
  return call === 0 ? branch : `${branch}.${call}`;
}

/**
 * Writes a trace as text without commas or parentheses: lanes joined by `|`, steps by `/`, and in a step `c12` for
 * twelve positions computed, `r`, `o`, `v` for positions reused as residual, output, value, weights after `*`.
 *
 * @example `conditional:c12/c12/r12/r12*2:-1`
 */
export function printTrace(trace: Trace): string {
  return Object.entries(trace)
    .map(([lane, steps]) => `${lane}:${steps.map(printStep).join('/')}`)
    .join('|');
}

function printStep(spans: readonly TraceSpan[]): string {
  let position = 0;
  let text = '';
  for (const span of spans) {
    const count = span.until - position;
    position = span.until;
    if (span.do === 'compute') text += `c${count}`;
    else text += `${FORM_LETTERS[span.form]}${count}${printWeights(span.weights)}`;
  }
  return text;
}

function printWeights(weights: readonly number[]): string {
  return weights.length === 1 && weights[0] === 1 ? '' : `*${weights.join(':')}`;
}

/**
 * Reads what {@link printTrace} wrote.
 *
 * @returns undefined when the text is not a trace
 */
export function readTrace(text: string): Trace | undefined {
  const lanes: Record<string, LaneTrace> = {};
  for (const part of text.split('|')) {
    const colon = part.indexOf(':');
    if (colon < 1) return undefined;
    const steps = part
      .slice(colon + 1)
      .split('/')
      .map(readStep);
    if (!steps.every((step) => step !== undefined)) return undefined;
    lanes[part.slice(0, colon)] = steps;
  }
  return lanes;
}

function readStep(text: string): readonly TraceSpan[] | undefined {
  if (!/^(?:[crov]\d+(?:\*[-+.:e\d]+)?)+$/.test(text)) return undefined;
  const spans: TraceSpan[] = [];
  let until = 0;
  for (const [, letter = '', count, weights] of text.matchAll(/([crov])(\d+)(?:\*([-+.:e\d]+))?/g)) {
    until += Number(count);
    const form = LETTER_FORMS[letter];
    if (form === undefined) spans.push({ do: 'compute', until });
    else spans.push({ do: 'reuse', until, form, weights: (weights ?? '1').split(':').map(Number) });
  }
  return spans.every((span) => span.do === 'compute' || span.weights.every(Number.isFinite))
    ? spans
    : undefined;
}

/** Every entry that a lane reuses at some step, each once. */
export function reusedEntries(lane: LaneTrace): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const spans of lane) {
    let from = 0;
    for (const span of spans) {
      if (span.do === 'reuse')
        entries.set(`${from}-${span.until}-${span.form}`, { from, until: span.until, form: span.form });
      from = span.until;
    }
  }
  return [...entries.values()];
}
