import { SAMPLE, type BorrowedTerm, type CacheForm, type Entry } from '../decision.ts';
import type { LaneTrace, Trace, TraceSpan } from './trace.ts';

const FORM_LETTERS: Readonly<Record<CacheForm, string>> = { residual: 'r', output: 'o', value: 'v' };
const LETTER_FORMS: Readonly<Record<string, CacheForm>> = { r: 'residual', o: 'output', v: 'value' };

/**
 * Writes a trace as text without commas or parentheses: lanes joined by `|`, steps by `/`, and in a step `c12` for
 * twelve positions computed, `r`, `o`, `v` for positions reused as residual, output, value, weights after `*`. A step
 * that was not run is `-`. After `!` stands what a computed span is remembered by, where that is not the rule (what
 * some step reuses of it); `+` adds to the rule what starts in the span and ends behind it. `@` begins a step at the
 * model level, which counts from the sample to the output. Behind `&` stand borrowed terms: branch, step, weight, and
 * after `~` the low frequencies that are taken. Names (branches, histories) are in brackets.
 *
 * @example `conditional:c12/c12!r0-12/r12/-/r12*2:-1`
 * @example `conditional:@c14/@o14|unconditional:@c14/@o14&[conditional]0*-1&[conditional]1`
 */
export function printTrace(trace: Trace): string {
  return Object.entries(trace)
    .map(([lane, steps]) => `${lane}:${steps.map(printStep).join('/')}`)
    .join('|');
}

function printStep(spans: readonly TraceSpan[]): string {
  if (spans.length === 0) return '-';
  let position = spans[0]?.from ?? 0;
  let text = position === SAMPLE ? '@' : '';
  for (const span of spans) {
    const count = span.until - position;
    position = span.until;
    text += span.do === 'compute' ? `c${count}${printKeep(span)}` : printReuse(span, count);
  }
  return text;
}

function printKeep({ keep, across }: Extract<TraceSpan, { do: 'compute' }>): string {
  if (!keep) return across ? '+' : '';
  const entries = keep.map(
    ({ from, until, form, slot }) => `${FORM_LETTERS[form]}${from}-${until}${printName(slot)}`,
  );
  return `!${entries.join('')}`;
}

function printReuse(
  { form, weights, slot, borrowed = [] }: Extract<TraceSpan, { do: 'reuse' }>,
  count: number,
): string {
  const plain = borrowed.length > 0 ? weights.length === 0 : weights.length === 1 && weights[0] === 1;
  const own = `${FORM_LETTERS[form]}${count}${printName(slot)}${plain ? '' : `*${weights.join(':')}`}`;
  return own + borrowed.map(printTerm).join('');
}

function printTerm({ branch, step, slot, weight, lowPass }: BorrowedTerm): string {
  const factor = weight === 1 ? '' : `*${weight}`;
  return `&${printName(branch)}${step}${printName(slot)}${factor}${lowPass === undefined ? '' : `~${lowPass}`}`;
}

/** A name in brackets, with what has a meaning in traces and in ids as `%` and its code; nothing for no name. */
function printName(name: string | undefined): string {
  if (!name) return '';
  const escaped = name.replaceAll(
    /[%[\]/|,()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `[${escaped}]`;
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

const NAME = String.raw`\[(?:%[\dA-F]{2}|[^%[\]])+\]`;
const ENTRY = String.raw`(?<form>[rov])(?<from>-1|\d+)-(?<until>\d+)(?<slot>${NAME})?`;
const TERM = String.raw`&(?<branch>${NAME})(?<step>\d+)(?<slot>${NAME})?(?:\*(?<weight>[-+.e\d]+))?(?:~(?<share>[-+.e\d]+))?`;
const COMPUTED = String.raw`c(?<computed>[1-9]\d*)(?:(?<across>\+)|(?<keep>!(?:${unnamed(ENTRY)})*))?`;
const REUSED = String.raw`(?<form>[rov])(?<reused>[1-9]\d*)(?<slot>${NAME})?(?:\*(?<weights>[-+.:e\d]+))?(?<borrowed>(?:${unnamed(TERM)})*)`;
const SPANS = new RegExp(`${COMPUTED}|${REUSED}`, 'g');
const ENTRIES = new RegExp(ENTRY, 'g');
const TERMS = new RegExp(TERM, 'g');

/** The same pattern without names for its groups, so that it can stand inside another one. */
function unnamed(pattern: string): string {
  return pattern.replaceAll(/\(\?<\w+>/g, '(?:');
}

type Groups = Readonly<Record<string, string | undefined>>;

function readStep(text: string): readonly TraceSpan[] | undefined {
  if (text === '-') return [];
  const wholeModel = text.startsWith('@');
  const spans: TraceSpan[] = [];
  let until: number = wholeModel ? SAMPLE : 0;
  let read = wholeModel ? 1 : 0;
  for (const { 0: piece, groups = {} } of text.matchAll(SPANS)) {
    const from = until;
    read += piece.length;
    until += Number(groups['computed'] ?? groups['reused']);
    const span = groups['computed'] ? readComputed(groups, from, until) : readReused(groups, until);
    if (!span) return undefined;
    spans.push(from === SAMPLE ? { ...span, from } : span);
  }
  const complete = read === text.length && spans.length > 0;
  return complete && (!wholeModel || fitsModel(spans)) ? spans : undefined;
}

/** The model is reused as a whole, or from inside the stream: not from the sample into it, nor out of it. */
function fitsModel(spans: readonly TraceSpan[]): boolean {
  if (spans.length > 1) return spans[0]?.do === 'compute' && spans.at(-1)?.do === 'compute';
  return (spans[0]?.until ?? 0) > 1;
}

function readComputed(groups: Groups, from: number, until: number): TraceSpan | undefined {
  const span = { do: 'compute', until, ...(groups['across'] && { across: true as const }) } as const;
  if (!groups['keep']) return span;
  const keep = [...groups['keep'].matchAll(ENTRIES)].map(({ groups: entry = {} }) => readEntry(entry));
  const startsInside = keep.every(
    (entry) => entry.from >= from && entry.from < until && entry.from < entry.until,
  );
  return startsInside ? { ...span, keep } : undefined;
}

function readEntry({ form = '', from, until, slot }: Groups): Entry {
  return {
    from: Number(from),
    until: Number(until),
    form: LETTER_FORMS[form] ?? 'residual',
    ...(slot && { slot: readName(slot) }),
  };
}

function readReused({ form = '', slot, weights, borrowed }: Groups, until: number): TraceSpan | undefined {
  const terms = [...(borrowed ?? '').matchAll(TERMS)].map(({ groups = {} }) => readTerm(groups));
  const own = (weights ?? (terms.length > 0 ? undefined : '1'))?.split(':').map(readWeight) ?? [];
  const factors = [...own, ...terms.flatMap(({ weight, lowPass = 0 }) => [weight, lowPass])];
  if (!factors.every(Number.isFinite)) return undefined;
  return {
    do: 'reuse',
    until,
    form: LETTER_FORMS[form] ?? 'residual',
    weights: own,
    ...(slot && { slot: readName(slot) }),
    ...(terms.length > 0 && { borrowed: terms }),
  };
}

function readTerm({ branch = '', step, slot, weight = '1', share }: Groups): BorrowedTerm {
  return {
    weight: readWeight(weight),
    branch: readName(branch),
    step: Number(step),
    ...(slot && { slot: readName(slot) }),
    ...(share && { lowPass: readWeight(share) }),
  };
}

function readWeight(text: string): number {
  return text === '' ? Number.NaN : Number(text);
}

function readName(text: string): string {
  return text
    .slice(1, -1)
    .replaceAll(/%([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
