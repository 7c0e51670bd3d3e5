import { fromBlocks, type ModuleKind } from '@refrain/core';
import { elementOf, type Toy } from './run-calls.ts';

/** Positions by call, as the blocks write them down. */
type Ledger = Map<number, Set<number>>;

/**
 * Blocks that add (i + 1)·s to a stream of one element, with s given for each call.
 *
 * @param blocks - how many
 * @param change - s of each call
 * @param start - the stream before the first block
 */
export function addingBlocks(
  blocks: number,
  change: readonly number[],
  start: (call: number) => number = () => 1,
): Toy {
  const ran: Ledger = new Map();
  const definitions = Array.from({ length: blocks }, (_, index) => ({
    run: (x: unknown, call: number) => {
      note(ran, call, index);
      return Float32Array.of(elementOf(x) + Math.fround((index + 1) * (change[call] ?? Number.NaN)));
    },
  }));
  const runner = fromBlocks<number, number>(definitions, {
    name: `${blocks} adding blocks`,
    enter: (call) => ({ x: Float32Array.of(start(call)), context: call }),
  });
  return { runner, ran, length: blocks };
}

/**
 * Blocks whose modulated inputs are given for each call: what the rule sees does not depend on what it decides.
 *
 * @param modulated - by call and block
 */
export function modulatedBlocks(modulated: readonly (readonly number[])[]): Toy {
  const ran: Ledger = new Map();
  const blocks = modulated[0]?.length ?? 1;
  const definitions = Array.from({ length: blocks }, (_, index) => ({
    run: (x: unknown, call: number) => {
      note(ran, call, index);
      return Float32Array.of(elementOf(x) + 1);
    },
    modulated: (_: unknown, call: number) => Float32Array.of(modulated[call]?.[index] ?? Number.NaN),
  }));
  const runner = fromBlocks<number, number>(definitions, {
    name: 'blocks with given modulated inputs',
    enter: (call) => ({ x: Float32Array.of(1), context: call }),
  });
  return { runner, ran, length: blocks };
}

/**
 * One block of modules whose values are given for each call; the stream is their sum.
 *
 * @param kinds - the modules
 * @param value - of each call; 1 when left out
 */
export function moduleBlock(kinds: readonly ModuleKind[], value: readonly number[] = []): Toy {
  const ran: Ledger = new Map();
  const modules = kinds.map((kind, index) => ({
    kind,
    compute: (_: unknown, call: number) => {
      note(ran, call, index);
      return Float32Array.of(value[call] ?? 1);
    },
    apply: (x: unknown, given: unknown) => Float32Array.of(elementOf(x) + elementOf(given)),
  }));
  const runner = fromBlocks<number, number>([{ modules }], {
    name: 'a block of modules',
    enter: (call) => ({ x: Float32Array.of(0), context: call }),
  });
  return { runner, ran, length: kinds.length };
}

function note(ran: Ledger, call: number, position: number): void {
  const positions = ran.get(call) ?? new Set();
  ran.set(call, positions.add(position));
}
