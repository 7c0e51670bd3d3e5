import type { BlockDefinition, BlockModule } from '../../src/features/blocks/definition.ts';
import type { Float32Feature } from '../../src/features/float32.ts';
import { fromBlocks } from '../../src/pass/from-blocks.ts';
import type { Pass, PassInfo, RunnerTap, SpanResult } from '../../src/pass/runner.ts';

/** Where the passes of these tests stand. */
export const AT: PassInfo = { step: 0, call: 0, branch: 'conditional', timestep: 1 };
/** No given values. */
export const NOTHING: ReadonlyMap<number, Float32Feature> = new Map();

/** The context of toy blocks. */
export interface Toy {
  /** Factor of what a block adds to the stream. */
  readonly gate: number;
}
/** A pass through toy blocks. */
export type ToyPass = Pass<Float32Feature, Float32Feature>;

/** A new array, element by element. */
export const map = (x: Float32Feature, change: (value: number, index: number) => number): Float32Array =>
  (x as Float32Array).map(change);

/** A block whose output depends on every element, the context and its own number, with rounding that shows order. */
export const toyBlock =
  (scale: number) =>
  (x: Float32Feature, { gate }: Toy): Float32Array => {
    const sum = (x as Float32Array).reduce((total, value) => total + value, 0);
    return map(x, (value) => value + gate * Math.sin(scale * value + sum));
  };

/** The modules of a toy block: only `apply` reads the gate. */
export const toyModule = (scale: number, kind: BlockModule<Toy>['kind']): BlockModule<Toy> => ({
  kind,
  compute: (x) => toyBlock(scale)(x, { gate: 1 }),
  apply: (x, value, { gate }) =>
    map(x, (element, index) => element + gate * ((value as Float32Array)[index] ?? 0)),
  modulated: (x) => map(x, (value) => value * scale),
});

/** The way in: a copy of the stream, and the gate as context. */
export const enterToy = (input: { x: Float32Array; gate: number }) => ({
  x: input.x.slice(),
  context: { gate: input.gate },
});

/** Starts a pass through blocks. */
export async function passOf(
  blocks: readonly BlockDefinition<Toy>[],
  x: Float32Array,
  gate: number,
): Promise<ToyPass> {
  return fromBlocks(blocks, { enter: enterToy }).enter({ x, gate }, AT);
}

/** Runs a stretch, by default from the beginning, without given values or taps. */
export async function span(
  pass: ToyPass,
  [from, until]: readonly [number, number],
  x: Float32Feature = pass.x,
  { values = NOTHING, taps = [] }: { values?: ReadonlyMap<number, Float32Feature>; taps?: RunnerTap[] } = {},
): Promise<SpanResult<Float32Feature>> {
  return pass.span({ from, until, x, values, taps: taps.map((tap) => ({ tap })) });
}
