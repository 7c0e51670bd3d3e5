import { fromBlocks, type Float32Feature, type ModelSite, type ModuleKind } from '@refrain/core';
import { elementOf, type Toy } from './run-calls.ts';

/** Positions by call, as the blocks write them down. */
type Ledger = Map<number, Set<number>>;

/**
 * Blocks that add (i + 1)·s to a stream of one element, with s given for each call.
 *
 * @param blocks - how many
 * @param change - s of each call; 1 beyond them
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
      return Float32Array.of(elementOf(x) + Math.fround((index + 1) * (change[call] ?? 1)));
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
    model: outputAsFeature(() => 0),
  });
  return { runner, ran, length: kinds.length };
}

/** The model site of a toy: its sample at each call, and its output, which is a feature already. */
function outputAsFeature(
  sample: (call: number) => number,
): ModelSite<number, Float32Feature, Float32Feature> {
  const copy = (feature: Float32Feature): Float32Feature => Float32Array.of(elementOf(feature));
  return { sample: (call) => Float32Array.of(sample(call)), feature: copy, output: copy };
}

function note(ran: Ledger, call: number, position: number): void {
  const positions = ran.get(call) ?? new Set();
  ran.set(call, positions.add(position));
}

/**
 * A model of which only input and output are known, for each call: what the rule sees does not depend on what it decides.
 *
 * @param sample - what goes in
 * @param output - what comes out when it is computed
 */
export function wholeModel(sample: readonly number[], output: readonly number[]): Toy {
  const ran: Ledger = new Map();
  const block = (x: unknown, call: number): Float32Array => {
    note(ran, call, 0);
    return Float32Array.of(elementOf(x));
  };
  const at = (values: readonly number[]) => (call: number) => values[call] ?? Number.NaN;
  const runner = fromBlocks<number, number>([block], {
    name: 'a model with given output',
    enter: (call) => ({ x: Float32Array.of(at(sample)(call)), context: call }),
    exit: (_, call) => Float32Array.of(at(output)(call)),
    model: outputAsFeature(at(sample)),
  });
  return { runner, ran, length: 1 };
}
