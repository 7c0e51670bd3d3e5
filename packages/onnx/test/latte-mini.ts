import { loadTransformer } from '@refrain/latte-mini';
import type { InnerSite, PassInfo, TapRequest } from '@refrain/core';
import type { OnnxFeature, OnnxInput, OnnxRunner, OnnxTensor } from '../src/index.ts';
import type { Float32Tensor } from '@refrain/core';

/** Positions of latte-mini's stream after the first. */
export const length = 30;

/** The ONNX graph of the transformer. */
export async function latteMini(): Promise<Uint8Array> {
  return (await loadTransformer()).bytes;
}

/** Deterministic noise. */
function noise(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 1.7;
  });
}

/** Inputs of latte-mini; the timestep is 0 … 1000. */
export function latteInput(batch = 1, timestep = 500, seed = 7): OnnxInput & { hidden_states: OnnxTensor } {
  return {
    hidden_states: { data: noise(batch * 3 * 8 * 1024, seed), dims: [batch, 3, 8, 32, 32] },
    timestep: { data: new Float32Array(batch).fill(timestep), dims: [batch] },
    encoder_hidden_states: { data: noise(batch * 8 * 64, seed + 1), dims: [batch, 8, 64] },
  };
}

/** Some place in some run: this adapter does not look at it. */
export const somewhere: PassInfo = { step: 0, call: 0, branch: 'conditional', timestep: 500 };

/** Runs a pass in stretches that end at the given positions. */
export async function runInSpans(
  runner: OnnxRunner,
  input: OnnxInput,
  ends: readonly number[],
): Promise<Float32Tensor> {
  const pass = await runner.enter(input, somewhere);
  let from = 0;
  let x = pass.x;
  for (const until of ends) {
    ({ x } = await pass.span({ from, until, x, values: new Map(), taps: [] }));
    from = until;
  }
  return pass.exit(x);
}

/** Runs the whole stream in one span with the given taps. */
export async function tapped(
  runner: OnnxRunner,
  input: OnnxInput,
  taps: readonly TapRequest[],
): Promise<readonly OnnxFeature[]> {
  const pass = await runner.enter(input, somewhere);
  const result = await pass.span({ from: 0, until: length, x: pass.x, values: new Map(), taps });
  return result.taps;
}

/** The inner sites of a runner. */
export function innerSites(runner: OnnxRunner): readonly InnerSite[] {
  return runner.sites.filter((site): site is InnerSite => site.level === 'inner');
}
