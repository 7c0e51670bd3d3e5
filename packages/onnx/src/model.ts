import { extract } from './graph/extract.ts';
import { loadGraph, type ModelSource } from './graph/load.ts';
import { runtimeInputs, type OnnxInput } from './input.ts';
import type { SessionOptions } from './sessions/options.ts';
import { createPool, type ExternalDataOption } from './sessions/pool.ts';
import { fromRuntime, type OnnxTensor } from './tensor.ts';

/** How to load a plain model. */
export interface OnnxModelOptions extends SessionOptions, ExternalDataOption {
  /** Path of an `.onnx` file, or its content. Weights in other files are found beside a path. */
  readonly model: ModelSource;
}

/** A model that is run as it is: a text encoder, a decoder. */
export interface OnnxModel {
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
  /** The execution provider that was chosen. */
  readonly provider: string;
  /**
   * Runs it.
   *
   * @throws OnnxError `INPUT_MISMATCH`, `SESSION_FAILED`, `DISPOSED`
   */
  run(input: OnnxInput): Promise<Readonly<Record<string, OnnxTensor>>>;
  /** Frees the session, after its runs have ended. */
  dispose(): Promise<void>;
}

/**
 * Loads the small models around a transformer, with the same providers and errors.
 *
 * @param options - the model, and how to run it
 * @throws OnnxError, see `OnnxErrorCode`; ProviderError when no execution provider works
 *
 * @example
 * ```ts
 * const encoder = await onnxModel({ model: 'text_encoder.onnx' });
 * const ids = { data: BigInt64Array.of(3n, 14n, 15n, 9n, 0n, 0n, 0n, 0n), dims: [1, 8] };
 * const { encoder_hidden_states } = await encoder.run({ input_ids: ids });
 * ```
 */
export async function onnxModel(options: OnnxModelOptions): Promise<OnnxModel> {
  const graph = await loadGraph(options.model);
  const outputs = graph.outputs.map(({ name }) => name);
  const pool = await createPool(options, graph);
  const open = (): ReturnType<typeof pool.open> =>
    pool.open('the model', () => extract(graph, { given: new Map(), wanted: outputs }));
  try {
    await open();
  } catch (thrown) {
    await pool.dispose();
    throw thrown;
  }
  return {
    inputs: graph.inputs.map(({ name }) => name),
    outputs,
    provider: pool.provider,
    run: async (input) => {
      pool.requireOpen();
      const given = runtimeInputs(pool.runtime, graph.inputs, input);
      const results = await (await open()).run(given);
      return Object.fromEntries(outputs.map((name) => [name, fromRuntime(name, results.get(name))]));
    },
    dispose: () => pool.dispose(),
  };
}
