import { outputOf, SAMPLE, type Tap } from '@refrain/core';
import { fieldsOf, integer, misfit, named } from './fields.ts';

/** A stretch of the stream. */
interface Span {
  readonly from: number;
  readonly until: number;
}

/** The positions that spellings refer to. */
export interface Positions {
  readonly length: number;
  readonly blocks: readonly Span[];
  readonly inner: readonly Span[];
}

const SPELLINGS = '"input", "output 3", "modulated 3", "residual", "residual 3", "residual 0-3", "value 3.1"';

/**
 * The short name of a tap, by numbers of blocks and of modules in them, from 0:
 *
 * - `input`: the stream where it begins; `output 3`: behind block 3; `modulated 3`: the modulated input of block 3;
 * - `residual`: what all blocks add; `residual 3`: what block 3 adds; `residual 0-3`: what blocks 0 to 3 add;
 * - `value 3.1`: the value of module 1 of block 3; `residual 3.1`: what that module adds; `modulated 3.1`: its input;
 * - `conditioning timestep-embedding`: a conditioning tensor;
 * - `sample`, `model output`, `model residual`: input and output of the whole model, and their difference.
 *
 * @returns undefined for a tap that lies at no end of a block or module
 */
export function spellTap(tap: Tap, stream: Positions): string | undefined {
  if (tap.of === 'conditioning') return `conditioning ${tap.name}`;
  if (tap.of === 'stream') return spellStream(tap.at, stream);
  if (tap.of === 'residual') return spellResidual(tap, stream);
  const place = tap.of === 'modulated' ? (blockAt(tap.at, stream) ?? moduleAt(tap.at, stream)) : undefined;
  const where = place ?? moduleAt(tap.at, stream);
  return where === undefined ? undefined : `${tap.of} ${where}`;
}

function spellStream(at: number, { length, blocks }: Positions): string | undefined {
  if (at === SAMPLE) return 'sample';
  if (at === 0) return 'input';
  if (at === outputOf(length)) return 'model output';
  const block = blocks.findIndex(({ until }) => until === at);
  return block < 0 ? undefined : `output ${block}`;
}

function spellResidual({ from, until }: Span, stream: Positions): string | undefined {
  const { length, blocks } = stream;
  if (from === SAMPLE && until === outputOf(length)) return 'model residual';
  if (from === 0 && until === length) return 'residual';
  const first = blocks.findIndex((block) => block.from === from);
  const last = blocks.findIndex((block) => block.until === until);
  if (first >= 0 && last >= first) return first === last ? `residual ${first}` : `residual ${first}-${last}`;
  const module = until === from + 1 ? moduleAt(from, stream) : undefined;
  return module === undefined ? undefined : `residual ${module}`;
}

function blockAt(position: number, { blocks }: Positions): string | undefined {
  const block = blocks.findIndex(({ from }) => from === position);
  return block < 0 ? undefined : String(block);
}

/** `block.module` of the inner site that starts at a position. */
function moduleAt(position: number, { blocks, inner }: Positions): string | undefined {
  if (!inner.some(({ from }) => from === position)) return undefined;
  const block = blocks.findIndex(({ from, until }) => from <= position && position < until);
  return `${block}.${position - (blocks[block]?.from ?? 0)}`;
}

/**
 * Reads a tap: its short name, or the object that it is in memory.
 *
 * @throws SimError `RECORDING_BROKEN`
 */
export function readTap(value: unknown, path: string, stream: Positions): Tap {
  const tap = typeof value === 'string' ? parseTap(value, stream) : tapOfFields(value, path);
  if (!tap) throw misfit(path, `a tap of this model such as ${SPELLINGS}`, value);
  requireInside(tap, path, stream);
  return tap;
}

const WHOLE_MODEL = /^(sample|model output|model residual)$/;
const CONDITIONING = /^conditioning (.+)$/s;
const PLACED = /^(output|modulated|residual|value) (\d+)(?:([-.])(\d+))?$/;

function parseTap(spelling: string, stream: Positions): Tap | undefined {
  const { length } = stream;
  const output = outputOf(length);
  if (spelling === 'input') return { of: 'stream', at: 0 };
  if (spelling === 'residual') return { of: 'residual', from: 0, until: length };
  if (WHOLE_MODEL.test(spelling)) {
    if (spelling === 'model residual') return { of: 'residual', from: SAMPLE, until: output };
    return { of: 'stream', at: spelling === 'sample' ? SAMPLE : output };
  }
  const [, name] = CONDITIONING.exec(spelling) ?? [];
  if (name !== undefined) return { of: 'conditioning', name };
  const [, of, block, mark, second] = PLACED.exec(spelling) ?? [];
  const span = of === undefined ? undefined : spanOf(Number(block), mark, Number(second), stream);
  return of === undefined || !span ? undefined : tapOn(of, span, mark);
}

/** Blocks `block` to `second`, or module `second` of a block, or a block. */
function spanOf(
  block: number,
  mark: string | undefined,
  second: number,
  { blocks, inner }: Positions,
): Span | undefined {
  const site = blocks[block];
  if (mark === '.') return inner.find(({ from }) => site && from === site.from + second && from < site.until);
  const last = mark === undefined ? site : blocks[second];
  return site && last && last.until > site.from ? { from: site.from, until: last.until } : undefined;
}

function tapOn(of: string, { from, until }: Span, mark: string | undefined): Tap | undefined {
  if (of === 'residual') return { of, from, until };
  if (of === 'modulated' && mark !== '-') return { of, at: from };
  if (of === 'value' && mark === '.') return { of, at: from };
  return of === 'output' && mark === undefined ? { of: 'stream', at: until } : undefined;
}

function tapOfFields(value: unknown, path: string): Tap | undefined {
  const fields = fieldsOf(value, path, ['of', 'at', 'from', 'until', 'name']);
  const position = (name: string): number => integer(fields[name], `${path}.${name}`);
  const { of } = fields;
  if (of === 'conditioning') return { of, name: named(fields['name'], `${path}.name`) };
  if (of === 'residual') return { of, from: position('from'), until: position('until') };
  return of === 'stream' || of === 'modulated' || of === 'value' ? { of, at: position('at') } : undefined;
}

/** The sample is at −1, the output one position behind the stream. */
function requireInside(tap: Tap, path: string, { length, inner }: Positions): void {
  if (tap.of === 'conditioning') return;
  const [from, until] = tap.of === 'residual' ? [tap.from, tap.until] : [tap.at, tap.at + 1];
  const isInside =
    tap.of === 'value'
      ? inner.some((site) => site.from === from)
      : tap.of === 'modulated'
        ? from >= 0 && from < length
        : from >= SAMPLE && from < until && (tap.of === 'stream' ? from : until) <= outputOf(length);
  if (!isInside) throw misfit(path, `a place in a stream of ${length} positions`, tap);
}
