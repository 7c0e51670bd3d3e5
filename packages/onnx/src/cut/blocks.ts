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
 * Divides the main stream into blocks: each begins with attention of the stream to itself, and takes the cross-attentions
 * and the MLP that follow. Module scopes, where the exporter wrote them down, move the ends: modules of the same scope
 * belong together. Without scopes a block takes what regularly comes between two of its kind.
 *
 * @param trunk - what carries the latent to the output
 * @param units - modules on the main stream
 */
export function findBlocks(trunk: Trunk, units: readonly Unit[]): readonly FoundBlock[] {
  const starts = startsOf(units);
  const spans = starts.map((start, nth) => spanFrom(units, start, starts[nth + 1] ?? units.length));
  const grown = spans.map((span, nth) => grow(trunk, units, spans, span, nth));
  return grown.map(({ from, until }, nth) => blockOf(trunk, units, from, until, grown[nth - 1]?.until ?? -1));
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** Cross-attention begins a block only in models that have no other attention. */
function startsOf(units: readonly Unit[]): readonly number[] {
  const own = indicesOf(units, ({ operation }) => operation === 'attention' || operation === 'parallel');
  return own.length > 0 ? own : indicesOf(units, ({ operation }) => operation === 'cross-attention');
}

function indicesOf(units: readonly Unit[], test: (unit: Unit) => boolean): readonly number[] {
  return units.flatMap((unit, index) => (test(unit) ? [index] : []));
}

/** The attention, cross-attentions behind it, and one MLP. Attention with an MLP beside it is a block by itself. */
function spanFrom(units: readonly Unit[], start: number, next: number): Span {
  let until = start + 1;
  if (units[start]?.operation === 'parallel') return { from: start, until };
  while (until < next && units[until]?.follows && units[until]?.operation === 'cross-attention') until += 1;
  const mlp = until < next ? units[until] : undefined;
  return { from: start, until: mlp?.follows ? until + 1 : until };
}

/** Takes neighbouring modules in, by scope or, where there is none, by repetition. */
function grow(trunk: Trunk, units: readonly Unit[], spans: readonly Span[], span: Span, nth: number): Span {
  const before = spans[nth - 1]?.until ?? 0;
  const next = spans[nth + 1]?.from ?? units.length;
  const scope = scopeOf(units.slice(span.from, span.until).flatMap(({ nodes }) => nodes));
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
  if (!joins || costly.length > 2 || costly.some(({ operator }) => operator === 'Softmax')) return false;
  return scope === undefined || costly.every((node) => isInScope(node, scope)) || costly.length === 1;
}
