import { parsePolicy, refrain } from '@refrain/core';
import { compileModel, type OnnxInput, type OnnxRunner, type OnnxTensor } from '../../src/index.ts';
import { hostOf } from './host.ts';

/** A model, loaded for the executor and at hand as a file. */
export interface Subject {
  readonly runner: OnnxRunner;
  readonly model: Uint8Array;
  /** The latent's name. */
  readonly latent: string;
  /** Inputs for a step: the latent before the first step, and the others for a timestep. */
  input(timestep: number, branch: number): OnnxInput;
}

/** Both sides of a generation, step by step and branch by branch. */
export interface Lockstep {
  /** Steps that the executor reused, `1` computed and `0` reused, branch after branch. */
  readonly executor: string;
  /** The same of the compiled graph. */
  readonly compiled: string;
  /** Largest difference of the outputs, relative to the largest number of each. */
  readonly difference: number;
}

export interface Generation {
  readonly timesteps: readonly number[];
  readonly branches?: readonly string[];
  /** Changes the latent of a step, for example to NaN. */
  readonly disturb?: (step: number, latent: Float32Array) => void;
  /** The dims of the latent of a step, where they change. */
  readonly inputAt?: (step: number, branch: number) => OnnxInput | undefined;
}

/** Generates under the executor, and shows every step to the compiled graph as well. */
export async function lockstep(subject: Subject, id: string, generation: Generation): Promise<Lockstep> {
  const { timesteps, branches = ['conditional'], disturb, inputAt } = generation;
  const { runner, model, latent } = subject;
  const compiled = await compileModel({ model, policy: id, timesteps, branches });
  const host = await hostOf(compiled);
  const run = refrain(runner, parsePolicy(id)).start({ timesteps, branches });
  const masks: [string[], string[]] = [[], []];
  let difference = 0;
  let sample = (
    subject.input(timesteps[0] ?? 0, 0)[latent] as OnnxTensor & { data: Float32Array }
  ).data.slice();
  for (const [step, timestep] of timesteps.entries()) {
    disturb?.(step, sample);
    let velocity: Float32Array | undefined;
    for (const [branch, name] of branches.entries()) {
      const plain = subject.input(timestep, branch);
      const dims = plain[latent]?.dims ?? [];
      const input = inputAt?.(step, branch) ?? { ...plain, [latent]: { data: sample.slice(), dims } };
      const output = await run.step(input, { step, branch: name });
      const there = await host.step(input, branch);
      difference = Math.max(difference, relativeDifference(output.data, there.output));
      masks[1].push(there.reused ? '0' : '1');
      velocity ??= output.data;
    }
    const next = timesteps[step + 1] ?? 0;
    const given = velocity;
    if (given?.length === sample.length)
      sample = sample.map((value, at) => value + ((next - timestep) / 1000) * (given[at] ?? 0));
  }
  const { decisions } = run.report();
  for (const step of timesteps.keys())
    for (const branch of branches)
      masks[0].push(
        decisions.some((one) => one.step === step && one.branch === branch && one.did === 'reused')
          ? '0'
          : '1',
      );
  await host.release();
  return { executor: masks[0].join(''), compiled: masks[1].join(''), difference };
}

function relativeDifference(expected: Float32Array, got: Float32Array): number {
  if (expected.length !== got.length) return Infinity;
  let [scale, largest] = [1e-30, 0];
  for (const [at, value] of expected.entries()) {
    const other = got[at] ?? Number.NaN;
    if (Number.isNaN(value) && Number.isNaN(other)) continue;
    if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    if (value !== other)
      largest = Math.max(largest, Number.isNaN(value - other) ? Infinity : Math.abs(value - other));
  }
  return largest / scale;
}
