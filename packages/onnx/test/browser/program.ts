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
}

export interface GenerationResult {
  readonly provider: string;
  readonly plan: string;
  readonly sessions: number;
  readonly mask: string;
  /** Largest difference to the plain model, relative to its largest number, in the steps that were computed. */
  readonly difference: number;
  readonly held: number;
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
    async generate({ model, provider, policy, plan, dims }) {
      const runner = await onnxRunner({
        model: await fetchModel(model),
        ort,
        providers: [provider],
        policy,
        plan,
      });
      const run = refrain(runner, parsePolicy(policy)).start({ timesteps });
      let [mask, difference] = ['', 0];
      for (const [step, timestep] of timesteps.entries()) {
        const input = inputOf(timestep, dims);
        const output = await run.step(input, { step });
        const reused = run.report().decisions.some((one) => one.step === step && one.did === 'reused');
        mask += reused ? '0' : '1';
        if (!reused) difference = Math.max(difference, relative(await runner.plain(input), output));
      }
      const sessions = runner.sessions().filter((name) => name !== 'the whole model').length;
      const held = run.report().bytes.held;
      await runner.dispose();
      return { provider: runner.provider, plan: runner.plan.name, sessions, mask, difference, held };
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

function relative(expected: Float32Tensor, got: Float32Tensor): number {
  let [scale, largest] = [1e-30, 0];
  for (const [at, value] of expected.data.entries()) {
    scale = Math.max(scale, Math.abs(value));
    largest = Math.max(largest, Math.abs(value - (got.data[at] ?? Number.NaN)));
  }
  return largest / scale;
}
