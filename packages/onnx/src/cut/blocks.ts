import type { GraphNode } from '../graph/graph.ts';
import { isCostly } from './operators.ts';
import type { Place, Unit } from './path.ts';
import { isInScope, scopeOf, type BlockScope } from './scope.ts';
import { signatureOf } from './signature.ts';
import type { Trunk } from './trunk.ts';

/** A transformer block on the main stream. */
export interface FoundBlock {
  /** Its modules in order, at least one. */
  readonly units: readonly Unit[];
  /** The scope that the exporter wrote down, if it did. */
  readonly scope: BlockScope | undefined;
  /** Equal for blocks that compute the same with other weights. */
  readonly signature: string;
  /** True if nothing costly lies between the block before and this one. */
  readonly follows: boolean;
  /** True if the block begins by merging the stream with a skip connection. */
  readonly merges: boolean;
}

/** Where a block's stream ends. */
export function endOf({ units }: FoundBlock): Place | undefined {
  return units.at(-1)?.end;
}

/**
 * Divides the main stream into blocks: each begins with attention of the stream to itself, and takes what attends right
 * behind that and the MLP that follows. Module scopes, where the exporter wrote them down, move the ends: modules of the same
 * scope belong together. Without scopes a block takes what regularly comes between two of its kind.
 *
 * @param trunk - what carries the latent to the output
 * @param units - modules on the main stream
 */
export function findBlocks(trunk: Trunk, units: readonly Unit[]): readonly FoundBlock[] {
  const spans = mergeByScope(units, spansOf(units));
  const grown = spans.map((span, nth) => grow(trunk, units, spans, span, nth));
  return grown.map(({ from, until }, nth) => blockOf(trunk, units, from, until, grown[nth - 1]?.until ?? -1));
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** Cross-attention begins a block only in models that have no other attention. */
function spansOf(units: readonly Unit[]): readonly Span[] {
  const own = units.some(({ operation }) => operation === 'attention' || operation === 'parallel');
  const begins = own ? ['attention', 'parallel'] : ['cross-attention'];
  const spans: Span[] = [];
  for (let start = 0; start < units.length; start++) {
    if (!begins.includes(units[start]?.operation ?? '')) continue;
    const span = spanFrom(units, start);
    spans.push({ ...span, from: frontOf(units, start, spans.at(-1)?.until ?? 0) });
    start = span.until - 1;
  }
  return spans;
}

/** Attentions, and one MLP. Attention with an MLP beside it is a block by itself, and so is any where there is no MLP at all. */
function spanFrom(units: readonly Unit[], start: number): Span {
  let until = start + 1;
  if (units[start]?.operation === 'parallel') return { from: start, until };
  const alone = !units.some(({ operation }) => operation === 'mlp');
  const attends = (unit: Unit | undefined): boolean =>
    unit?.follows === true &&
    (unit.operation === 'cross-attention' || (!alone && unit.operation === 'attention'));
  while (attends(units[until])) until += 1;
  const next = units[until];
  const mlp = next?.follows === true && (next.operation === 'mlp' || next.operation === 'other');
  return { from: start, until: mlp ? until + 1 : until };
}

/** A skip connection may be added in front of a block: a sum without anything costly. */
function frontOf(units: readonly Unit[], start: number, endBefore: number): number {
  let from = start;
  while (from > endBefore && units[from]?.follows && units[from - 1]?.operation === 'other') from -= 1;
  return from;
}

/** Two attentions of one module are one block, whatever they are. */
function mergeByScope(units: readonly Unit[], spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const before = merged.at(-1);
    const same = before?.until === span.from && units[span.from]?.follows && sharesScope(units, before, span);
    if (before && same) merged.splice(-1, 1, { from: before.from, until: span.until });
    else merged.push(span);
  }
  return merged;
}

function sharesScope(units: readonly Unit[], one: Span, other: Span): boolean {
  const [first, second] = [one, other].map(({ from, until }) => scopeOfUnits(units.slice(from, until)));
  return first !== undefined && first.indexed && first.block === second?.block;
}

function scopeOfUnits(units: readonly Unit[]): BlockScope | undefined {
  return scopeOf(units.flatMap(({ nodes }) => nodes));
}

/** Takes neighbouring modules in, by scope or, where there is none, by repetition. */
function grow(trunk: Trunk, units: readonly Unit[], spans: readonly Span[], span: Span, nth: number): Span {
  const before = spans[nth - 1]?.until ?? 0;
  const next = spans[nth + 1]?.from ?? units.length;
  const scope = scopeOfUnits(units.slice(span.from, span.until));
  if (!scope) return growByRepetition(trunk, units, spans, span, nth);
  let { from, until } = span;
  const inside = (unit: Unit | undefined): boolean =>
    unit !== undefined && isInScope(unit.nodes.find(isCostly), scope);
  while (from > before && units[from]?.follows && inside(units[from - 1])) from -= 1;
  while (until < next && units[until]?.follows && inside(units[until])) until += 1;
  return { from, until };
}

function growByRepetition(
  trunk: Trunk,
  units: readonly Unit[],
  spans: readonly Span[],
  span: Span,
  nth: number,
): Span {
  const next = spans[nth + 1];
  const own = stretch(trunk, units, span.from, next?.from);
  const other = next && stretch(trunk, units, next.from, spans[nth + 2]?.from);
  const previous = spans[nth - 1];
  const before = previous && stretch(trunk, units, previous.from, span.from);
  if (next && own !== undefined && (own === other || own === before))
    return { from: span.from, until: next.from };
  const length = previous && before !== undefined ? span.from - previous.from : 0;
  const last = span.from + length;
  const repeats = before !== undefined && before === stretch(trunk, units, span.from, last);
  return repeats && last <= units.length && last > span.until ? { from: span.from, until: last } : span;
}

/** What lies between two places, if the stream runs through it without a break. */
function stretch(
  trunk: Trunk,
  units: readonly Unit[],
  from: number,
  until: number | undefined,
): string | undefined {
  if (until === undefined || until > units.length) return undefined;
  const inside = units.slice(from, until);
  return inside.slice(1).every(({ follows }) => follows)
    ? inside.map((unit) => `${unit.operation}:${signatureOf(trunk, unit.nodes)}`).join(' ')
    : undefined;
}

function blockOf(
  trunk: Trunk,
  units: readonly Unit[],
  from: number,
  until: number,
  endBefore: number,
): FoundBlock {
  const own = units.slice(from, until);
  const [first] = own;
  const scope = scopeOf(own.flatMap(({ nodes }) => nodes));
  const merges = first !== undefined && endBefore === from && !first.follows && mergesSkip(first.gap, scope);
  const gap = merges ? first.gap : [];
  const parts = own.map((unit) => `${unit.operation}:${signatureOf(trunk, unit.nodes)}`);
  return {
    units: own,
    scope,
    signature: [...(merges ? [`skip:${signatureOf(trunk, gap)}`] : []), ...parts].join(' '),
    follows: endBefore === from && (merges || first?.follows === true),
    merges,
  };
}

/** A concatenation and a projection or two: what models with long skips put in front of a block. */
function mergesSkip(gap: readonly GraphNode[], scope: BlockScope | undefined): boolean {
  const costly = gap.filter(isCostly);
  const joins = gap.some(({ operator }) => operator === 'Concat' || operator === 'Add');
  if (
    !joins ||
    costly.length === 0 ||
    costly.length > 2 ||
    costly.some(({ operator }) => operator === 'Softmax')
  )
    return false;
  return scope === undefined || costly.every((node) => isInScope(node, scope)) || costly.length === 1;
}
