import type { CacheForm, Entry } from '../decision.ts';

/** One decision of a recorded run, without its reason. */
export type TraceSpan =
  | {
      readonly do: 'compute';
      readonly until: number;
      /** What is remembered of the span. Left out: every entry inside it that the lane reuses at some step. */
      readonly keep?: readonly Entry[];
    }
  | {
      readonly do: 'reuse';
      readonly until: number;
      readonly form: CacheForm;
      readonly weights: readonly number[];
    };

/** The decisions of one branch (and call): for each step the spans in order, none where the step was not run. */
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
 * twelve positions computed, `r`, `o`, `v` for positions reused as residual, output, value, weights after `*`. A step
 * that was not run is `-`. After `!` stands what a computed span is remembered by, where that is not the rule.
 *
 * @example `conditional:c12/c12!r0-12/r12/-/r12*2:-1`
 */
export function printTrace(trace: Trace): string {
  return Object.entries(trace)
    .map(([lane, steps]) => `${lane}:${steps.map(printStep).join('/')}`)
    .join('|');
}

function printStep(spans: readonly TraceSpan[]): string {
  if (spans.length === 0) return '-';
  let position = 0;
  let text = '';
  for (const span of spans) {
    const count = span.until - position;
    position = span.until;
    if (span.do === 'compute') text += `c${count}${printKeep(span.keep)}`;
    else text += `${FORM_LETTERS[span.form]}${count}${printWeights(span.weights)}`;
  }
  return text;
}

function printKeep(keep: readonly Entry[] | undefined): string {
  if (!keep) return '';
  return `!${keep.map(({ from, until, form }) => `${FORM_LETTERS[form]}${from}-${until}`).join('')}`;
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
  const lanes = new Map<string, LaneTrace>();
  for (const part of text.split('|')) {
    const colon = part.indexOf(':');
    const name = part.slice(0, colon);
    if (colon < 1 || lanes.has(name)) return undefined;
    const steps = part
      .slice(colon + 1)
      .split('/')
      .map(readStep);
    if (!steps.every((step) => step !== undefined)) return undefined;
    lanes.set(name, steps);
  }
  return Object.fromEntries(lanes);
}

const SPAN =
  /c(?<computed>[1-9]\d*)(?<keep>!(?:[rov]\d+-\d+)*)?|(?<form>[rov])(?<reused>[1-9]\d*)(?:\*(?<weights>[-+.:e\d]+))?/g;

function readStep(text: string): readonly TraceSpan[] | undefined {
  if (text === '-') return [];
  const spans: TraceSpan[] = [];
  let until = 0;
  let read = 0;
  for (const { 0: piece, groups = {} } of text.matchAll(SPAN)) {
    read += piece.length;
    until += Number(groups['computed'] ?? groups['reused']);
    const form = LETTER_FORMS[groups['form'] ?? ''];
    const weights = (groups['weights'] ?? '1').split(':');
    if (!weights.every((weight) => weight !== '' && Number.isFinite(Number(weight)))) return undefined;
    if (form) spans.push({ do: 'reuse', until, form, weights: weights.map(Number) });
    else spans.push({ do: 'compute', until, ...(groups['keep'] && { keep: readKeep(groups['keep']) }) });
  }
  return read === text.length && spans.length > 0 ? spans : undefined;
}

function readKeep(text: string): readonly Entry[] {
  return [...text.matchAll(/([rov])(\d+)-(\d+)/g)].map(([, letter = '', from, until]) => ({
    from: Number(from),
    until: Number(until),
    form: LETTER_FORMS[letter] ?? 'residual',
  }));
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
