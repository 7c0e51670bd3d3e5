import * as ort from 'onnxruntime-node';
import type { CompiledDescription, CompiledModel } from '../../src/index.ts';
import type { OnnxInput, OnnxTensor } from '../../src/index.ts';

/** What came of a step. */
export interface HostStep {
  readonly output: Float32Array;
  readonly reused: boolean;
  readonly state: Readonly<Record<string, ort.Tensor>>;
}

/** A program that runs a compiled graph with nothing but ONNX Runtime, as the docs describe it. */
export interface Host {
  /** Runs the next step of a branch. */
  step(input: OnnxInput, branch?: number): Promise<HostStep>;
  /** Starts another generation. */
  restart(): void;
  release(): Promise<void>;
}

/** Loads a compiled graph. */
export async function hostOf({ file, description }: CompiledModel): Promise<Host> {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const states = new Map<number, Record<string, ort.Tensor>>();
  return {
    async step(input, branch = 0) {
      const state = states.get(branch) ?? initialState(description, branch);
      const inputs = Object.entries(input).map(([name, tensor]) => [name, tensorOf(tensor)] as const);
      const results = await session.run({ ...Object.fromEntries(inputs), ...state });
      const next = Object.fromEntries(
        description.state.map((one) => [one.input, results[one.output] as ort.Tensor]),
      );
      states.set(branch, next);
      return {
        output: results[description.output]?.data as Float32Array,
        reused: (results[description.reused]?.data as Uint8Array | undefined)?.[0] === 1,
        state: next,
      };
    },
    restart: () => states.clear(),
    release: () => session.release(),
  };
}

function initialState({ state }: CompiledDescription, branch: number): Record<string, ort.Tensor> {
  return Object.fromEntries(
    state.map(({ input, initial, type }) => {
      const first = initial[branch] ?? initial[0] ?? 0;
      if (first === 'empty' && type === 'float16')
        return [input, new ort.Tensor(type, new Uint16Array(0), [0])];
      if (first === 'empty') return [input, new ort.Tensor('float32', new Float32Array(0), [0])];
      return [input, new ort.Tensor('float64', Float64Array.of(first), [1])];
    }),
  );
}

function tensorOf(tensor: OnnxTensor | undefined): ort.Tensor {
  if (tensor?.data instanceof Float32Array) return new ort.Tensor('float32', tensor.data, tensor.dims);
  if (tensor?.data instanceof Uint16Array) return new ort.Tensor('float16', tensor.data, tensor.dims);
  if (tensor?.data instanceof BigInt64Array) return new ort.Tensor('int64', tensor.data, tensor.dims);
  throw new TypeError('expected float32 or int64');
}
