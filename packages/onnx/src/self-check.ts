import type { Float32Tensor } from '@refrain/core';
import { asError, OnnxError } from './errors.ts';
import { FLOAT16, FLOAT32 } from './graph/element-type.ts';
import { extract } from './graph/extract.ts';
import { runtimeInputs, type OnnxInput } from './input.ts';
import type { ModelParts } from './parts.ts';
import type { NamedTensors } from './sessions/part-session.ts';
import type { StartPass } from './plans/start-pass.ts';
import { float32FromRuntime } from './tensor.ts';
import { trialInput } from './trial-input.ts';

/**
 * Largest difference between the pieces and the whole, relative to the largest number of the output (or to 1). The runtime
 * rounds half-precision numbers at other places when it is given a piece than when it is given the whole.
 */
const tolerances: ReadonlyMap<number, number> = new Map([
  [FLOAT32, 1e-4],
  [FLOAT16, 1e-2],
]);

/**
 * Runs the model on made-up inputs, whole and in pieces, and compares. The session of the whole model is thrown away
 * afterwards; the pieces stay, as every run needs them.
 *
 * @param parts - the pieces of the model
 * @param start - starts a pass as the plan has it
 * @param dimensions - sizes for free dimensions by their names; 1 where left out
 * @throws OnnxError `SELF_CHECK_FAILED` when the results differ, or when the model cannot be run on such inputs
 */
export async function selfCheck(
  parts: ModelParts,
  start: StartPass,
  dimensions: Readonly<Record<string, number>>,
): Promise<void> {
  const { cut } = parts;
  const { given, whole } = await runTrial(parts, dimensions);
  const pieces = await runPieces(parts, start, given);
  const difference = largestDifference(whole, pieces);
  const tolerance = tolerances.get(cut.types.get(cut.output) ?? FLOAT32) ?? 1e-4;
  if (!(difference <= tolerance))
    throw new OnnxError(
      'SELF_CHECK_FAILED',
      `the model in pieces gives another output than the whole model: they differ by ${difference} of the largest ` +
        `number, expected at most ${tolerance}. Please report the model; do not use selfCheck: false to get around this.`,
    );
}

interface Trial {
  readonly given: NamedTensors;
  readonly whole: Float32Tensor;
}

/** A table of one row, such as that of a style, can be asked for row 0 only. */
async function runTrial(parts: ModelParts, dimensions: Readonly<Record<string, number>>): Promise<Trial> {
  try {
    return await runOn(parts, trialInput(parts.cut.graph.inputs, dimensions));
  } catch (thrown) {
    try {
      return await runOn(parts, trialInput(parts.cut.graph.inputs, dimensions, 0));
    } catch {
      throw thrown;
    }
  }
}

async function runOn(parts: ModelParts, input: OnnxInput): Promise<Trial> {
  const given = runtimeInputs(parts.pool.runtime, parts.cut.graph.inputs, input);
  return { given, whole: await runWhole(parts, given) };
}

async function runWhole({ cut, pool }: ModelParts, inputs: NamedTensors): Promise<Float32Tensor> {
  const name = 'the whole model as a check';
  try {
    const session = await pool.open(name, () =>
      extract(cut.graph, { given: new Map(), wanted: [cut.output] }),
    );
    const results = await session.run(inputs);
    return float32FromRuntime(cut.output, results.get(cut.output));
  } catch (thrown) {
    throw new OnnxError(
      'SELF_CHECK_FAILED',
      `the model does not run on made-up inputs (${asError(thrown).message}). Give fitting sizes for its free dimensions ` +
        'with option dimensions, or load with selfCheck: false.',
      { cause: thrown },
    );
  } finally {
    await pool.close(name);
  }
}

async function runPieces(parts: ModelParts, start: StartPass, inputs: NamedTensors): Promise<Float32Tensor> {
  const pass = await start(inputs);
  const until = parts.cut.positions.length - 1;
  const ends = { from: false, until: false };
  const { x } = await pass.span({ from: 0, until, x: pass.x, values: new Map(), taps: [], ends });
  const output = await pass.exit(x);
  pass.release?.();
  return output;
}

/** NaN if either has a NaN that the other has not. */
function largestDifference(expected: Float32Tensor, got: Float32Tensor): number {
  if (expected.dims.join() !== got.dims.join()) return Number.POSITIVE_INFINITY;
  let scale = 1;
  let difference = 0;
  for (const [at, value] of expected.data.entries()) {
    const other = got.data[at] ?? Number.NaN;
    if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    if (!Object.is(value, other)) difference = Math.max(difference, Math.abs(value - other));
  }
  return difference / scale;
}
