import {
  RunnerError,
  streamOf,
  type BlockSite,
  type InnerSite,
  type ModuleKind,
  type Stream,
} from '@refrain/core';
import { SimError } from '../../errors.ts';
import {
  count,
  fieldsOf,
  flag,
  integer,
  listOf,
  misfit,
  named,
  optional,
  text,
  type Fields,
} from './fields.ts';

/** A stream without its conditioning; what was not said about modulated inputs is left open. */
export interface Outline {
  readonly length: number;
  readonly blocks: readonly (Omit<BlockSite, 'modulated'> & { readonly modulated?: boolean })[];
  readonly inner: readonly InnerSite[];
  /** Undefined where the description leaves it to the taps. */
  readonly conditioning: readonly string[] | undefined;
}

interface ModuleSpelling {
  readonly kind: ModuleKind;
  readonly name: string;
}

const KINDS: readonly ModuleKind[] = [
  'self-attention',
  'spatial-attention',
  'temporal-attention',
  'cross-attention',
  'mlp',
  'other',
];

/** Far more than any model has: a number of blocks in a broken file must not fill the memory. */
const MOST_POSITIONS = 10_000;

/**
 * Reads where the sites of a model lie, from `stream` as it is in memory, or from `blocks` and `modules`.
 *
 * @throws SimError `RECORDING_BROKEN`
 */
export function readOutline(fields: Fields, path: string): Outline {
  const conditioning = optional(fields, 'conditioning', path, (value, at) => listOf(value, at, named));
  if (fields['stream'] === undefined) return { ...layOut(fields, path), conditioning };
  for (const name of ['blocks', 'modules', 'conditioning'])
    if (fields[name] !== undefined) throw misfit(`${path}.${name}`, 'nothing beside "stream"', fields[name]);
  return readStream(fields['stream'], `${path}.stream`);
}

/**
 * Checks a stream as the executor does.
 *
 * @throws SimError `RECORDING_BROKEN`, with the error of the core as its cause
 */
export function requireStream({ blocks, inner, conditioning }: Omit<Stream, 'length'>): Stream {
  try {
    return streamOf([...blocks, ...inner], conditioning);
  } catch (cause) {
    if (!(cause instanceof RunnerError)) throw cause;
    const reason = cause.message.replace('[core] ', '');
    throw new SimError(
      'RECORDING_BROKEN',
      `[sim] recording: expected sites that tile the stream, and ${reason}`,
      { cause },
    );
  }
}

function requireFew(positions: number, path: string): void {
  if (positions > MOST_POSITIONS)
    throw misfit(path, `at most ${MOST_POSITIONS} blocks and modules`, positions);
}

function readStream(value: unknown, path: string): Outline {
  const fields = fieldsOf(value, path, ['length', 'blocks', 'inner', 'conditioning']);
  const blocks = listOf(fields['blocks'], `${path}.blocks`, blockOfFields);
  const inner = optional(fields, 'inner', path, (list, at) => listOf(list, at, innerOfFields)) ?? [];
  const conditioning = optional(fields, 'conditioning', path, (list, at) => listOf(list, at, named));
  requireFew(Math.max(blocks.length, inner.length), path);
  const stream = requireStream({ blocks, inner, conditioning: [] });
  const { length } = stream;
  requireFew(length, path);
  const said = optional(fields, 'length', path, integer) ?? length;
  if (said !== length) throw misfit(`${path}.length`, `${length}, where the last block ends`, said);
  return { ...stream, conditioning };
}

function blockOfFields(value: unknown, path: string): BlockSite {
  const fields = fieldsOf(value, path, ['level', 'name', 'family', 'from', 'until', 'modulated']);
  return {
    level: 'block',
    name: named(fields['name'], `${path}.name`),
    family: text(fields['family'], `${path}.family`),
    from: integer(fields['from'], `${path}.from`),
    until: integer(fields['until'], `${path}.until`),
    modulated: flag(fields['modulated'], `${path}.modulated`),
  };
}

function innerOfFields(value: unknown, path: string): InnerSite {
  const fields = fieldsOf(value, path, ['level', 'name', 'kind', 'block', 'from', 'until']);
  return {
    level: 'inner',
    name: named(fields['name'], `${path}.name`),
    kind: kindOf(fields['kind'], `${path}.kind`),
    block: named(fields['block'], `${path}.block`),
    from: integer(fields['from'], `${path}.from`),
    until: integer(fields['until'], `${path}.until`),
  };
}

function kindOf(value: unknown, path: string): ModuleKind {
  const kind = KINDS.find((known) => known === value);
  if (!kind) throw misfit(path, `one of ${KINDS.join(', ')}`, value);
  return kind;
}

/** Blocks one after the other, each with its modules, or with the modules of all. */
function layOut(fields: Fields, path: string): Omit<Outline, 'conditioning'> {
  const modules = optional(fields, 'modules', path, readModules) ?? [];
  const blocks: Outline['blocks'][number][] = [];
  const inner: InnerSite[] = [];
  let position = 0;
  for (const [index, value] of blockListOf(fields['blocks'], `${path}.blocks`).entries()) {
    const { modules: own = modules, ...block } = readBlock(value, `${path}.blocks[${index}]`);
    const until = position + Math.max(1, own.length);
    requireFew(until, `${path}.blocks`);
    blocks.push({ level: 'block', ...block, from: position, until });
    inner.push(...modulesOf(block.name, own, position));
    position = until;
  }
  return { length: position, blocks, inner };
}

/** A number of blocks stands for as many names. */
function blockListOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value === undefined) throw misfit(path, 'the number of blocks, or their names', value);
  const blocks = count(value, path);
  requireFew(blocks, path);
  return Array.from({ length: blocks }, (_, index) => `blocks.${index}`);
}

interface BlockSpelling {
  readonly name: string;
  readonly family: string;
  readonly modulated?: boolean;
  readonly modules?: readonly ModuleSpelling[];
}

function readBlock(value: unknown, path: string): BlockSpelling {
  if (typeof value === 'string') return { name: named(value, path), family: 'block' };
  const fields = fieldsOf(value, path, ['name', 'family', 'modulated', 'modules']);
  const modulated = optional(fields, 'modulated', path, flag);
  const modules = optional(fields, 'modules', path, readModules);
  return {
    name: named(fields['name'], `${path}.name`),
    family: optional(fields, 'family', path, text) ?? 'block',
    ...(modulated !== undefined && { modulated }),
    ...(modules && { modules }),
  };
}

function readModules(value: unknown, path: string): readonly ModuleSpelling[] {
  return listOf(value, path, (item, at) => {
    if (typeof item === 'string') return { kind: kindOf(item, at), name: item };
    const fields = fieldsOf(item, at, ['kind', 'name']);
    return { kind: kindOf(fields['kind'], `${at}.kind`), name: named(fields['name'], `${at}.name`) };
  });
}

function modulesOf(block: string, modules: readonly ModuleSpelling[], start: number): readonly InnerSite[] {
  return modules.map(({ kind, name }, index) => {
    const from = start + index;
    return { level: 'inner', name: `${block}/${name}`, kind, block, from, until: from + 1 };
  });
}
