import type { InferenceSession } from 'onnxruntime-common';
import { parsePolicy, refrain, type Float32Tensor } from '@refrain/core';
import {
  onnxRunner,
  ProviderError,
  type OnnxInput,
  type OnnxRuntime,
  type PlanName,
} from '../../src/index.ts';

/** What the page under test can do. */
export interface Program {
  /** Generates with and without a policy; what came of it, as plain data. */
  generate(request: GenerationRequest): Promise<GenerationResult>;
  /** The message of the error that a provider gives which is not there. */
  missingProvider(model: string, provider: string): Promise<string>;
}

export interface GenerationRequest {
  readonly model: string;
  readonly provider: string;
  readonly policy: string;
  readonly plan?: PlanName;
  readonly dims: readonly number[];
  /** A step whose latent is not a number. */
  readonly spoiled?: number;
}

export interface GenerationResult {
  readonly provider: string;
  readonly plan: string;
  readonly sessions: number;
  readonly mask: string;
  /** Largest difference to the plain model, relative to its largest number, in the steps that were computed. */
  readonly difference: number;
  readonly held: number;
  /** The most bytes that were cached. */
  readonly peak: number;
  /** Tensors that sessions left on the device, and how many of them were not freed in the end. */
  readonly onDevice: number;
  readonly leaked: number;
}

const timesteps = [1000, 900, 800, 700, 600, 500];

function inputOf(timestep: number, dims: readonly number[]): OnnxInput {
  const count = dims.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, at) => Math.cos(at * 2.3 + timestep / 500));
  return { latent: { data, dims }, timestep: { data: Float32Array.of(timestep / 1000), dims: [1] } };
}

async function fetchModel(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(name)).arrayBuffer());
}

/** Makes the program with a runtime. */
export function programWith(ort: OnnxRuntime): Program {
  return {
    async generate({ model, provider, policy, plan, dims, spoiled }) {
      const watched = watch(ort);
      const runner = await onnxRunner({
        model: await fetchModel(model),
        ort: watched.ort,
        providers: [provider],
        policy,
        plan,
      });
      const run = refrain(runner, parsePolicy(policy)).start({ timesteps });
      let [mask, difference] = ['', 0];
      for (const [step, timestep] of timesteps.entries()) {
        const input = inputOf(timestep, dims);
        if (step === spoiled) input['latent']?.data.fill(Number.NaN as never);
        const output = await run.step(input, { step });
        const reused = run.report().decisions.some((one) => one.step === step && one.did === 'reused');
        mask += reused ? '0' : '1';
        if (!reused) difference = Math.max(difference, relative(await runner.plain(input), output));
      }
      const sessions = runner.sessions().filter((name) => !/^the whole model|^what brings/.test(name)).length;
      const { held, peak } = run.report().bytes;
      await runner.dispose();
      const { name } = runner.plan;
      const { onDevice, leaked } = watched.counts();
      return {
        provider: runner.provider,
        plan: name,
        sessions,
        mask,
        difference,
        held,
        peak,
        onDevice,
        leaked,
      };
    },
    async missingProvider(model, provider) {
      const error: unknown = await onnxRunner({
        model: await fetchModel(model),
        ort,
        providers: [provider],
      }).catch((thrown: unknown) => thrown);
      return error instanceof ProviderError ? error.message : String(error);
    },
  };
}

/** Counts the tensors that sessions leave on the device. */
function watch(ort: OnnxRuntime): { ort: OnnxRuntime; counts(): { onDevice: number; leaked: number } } {
  let [onDevice, freed] = [0, 0];
  const create = async (...given: unknown[]): Promise<unknown> => {
    const session = await (ort.InferenceSession.create as (...all: unknown[]) => Promise<InferenceSession>)(
      ...given,
    );
    const run = session.run.bind(session);
    session.run = (async (...all: Parameters<typeof run>) => {
      const results = await run(...all);
      for (const tensor of Object.values(results)) {
        if (tensor.location !== 'gpu-buffer') continue;
        onDevice += 1;
        const dispose = tensor.dispose.bind(tensor);
        tensor.dispose = () => {
          freed += 1;
          dispose();
        };
      }
      return results;
    }) as typeof session.run;
    return session;
  };
  return {
    ort: { Tensor: ort.Tensor, InferenceSession: { create } } as unknown as OnnxRuntime,
    counts: () => ({ onDevice, leaked: onDevice - freed }),
  };
}

function relative(expected: Float32Tensor, got: Float32Tensor): number {
  let [scale, largest] = [1e-30, 0];
  for (const [at, value] of expected.data.entries()) {
    scale = Math.max(scale, Math.abs(value));
    largest = Math.max(largest, Math.abs(value - (got.data[at] ?? Number.NaN)));
  }
  return largest / scale;
}
