import type { Tensor } from 'onnxruntime-common';
import { OnnxError } from '../errors.ts';
import type { FloatTensor } from '../feature/feature.ts';
import { FLOAT16, FLOAT32 } from '../graph/element-type.ts';
import { external } from '../graph/external-data.ts';
import type { Graph } from '../graph/graph.ts';
import { loadRuntime, type OnnxRuntime } from '../runtime.ts';
import { startWorkerRuntime } from '../worker/worker-runtime.ts';
import { floatFromRuntime } from '../tensor.ts';
import {
  keepsOnDevice,
  requireSessionOptions,
  sessionOptions,
  type SessionOptions,
  type WeightFiles,
} from './options.ts';
import { PartSession, sessionError } from './part-session.ts';
import { chooseProvider, identityModel } from './provider.ts';

/** Compiled parts of a model, each compiled once and kept until the end. */
export class SessionPool {
  /** The runtime behind it. */
  readonly runtime: OnnxRuntime;
  /** The execution provider that is used. */
  readonly provider: string;
  readonly #threads: number;
  readonly #weights: WeightFiles;
  readonly #sessions = new Map<string, Promise<PartSession>>();
  readonly #atEnd: () => Promise<void> | undefined;
  #disposed = false;

  /**
   * @param runtime - ONNX Runtime
   * @param provider - an execution provider that works
   * @param threads - threads for one operation
   * @param weights - where weights are that are not inside
   * @param atEnd - called when all parts are freed
   */
  constructor(
    runtime: OnnxRuntime,
    provider: string,
    threads: number,
    weights: WeightFiles = {},
    atEnd: () => Promise<void> | undefined = () => undefined,
  ) {
    this.#atEnd = atEnd;
    this.runtime = runtime;
    this.provider = provider;
    this.#threads = threads;
    this.#weights = weights;
  }

  /**
   * Compiles a part on its first use. Calls that come while it is being compiled wait for the same session.
   *
   * @param part - says which part it is; equal for parts that are alike
   * @param build - makes its ONNX file
   * @param stays - outputs that stay on the device, where there is one that keeps them
   * @throws OnnxError `SESSION_FAILED`; the next call tries again
   */
  async open(part: string, build: () => Uint8Array, stays: readonly string[] = []): Promise<PartSession> {
    this.requireOpen();
    const known = this.#sessions.get(part);
    if (known) return known;
    const opening = this.#compile(part, build, keepsOnDevice(this.provider) ? stays : []);
    this.#sessions.set(part, opening);
    opening.catch(() => this.#sessions.delete(part));
    return opening;
  }

  /**
   * Copies a tensor from the device into main memory. A session does it: asked for its data, a tensor of the native runtime
   * would end the process.
   *
   * @param tensor - of a session of this pool
   */
  async download(tensor: Tensor): Promise<FloatTensor> {
    const half = tensor.type === 'float16';
    const name = `what brings ${tensor.type} out of the device`;
    const session = await this.open(name, () => identityModel(half ? FLOAT16 : FLOAT32));
    const outputs = await session.run(new Map([['x', tensor]]));
    return floatFromRuntime('y', outputs.get('y'));
  }

  /** Names of the parts that are compiled, in the order of their first use. */
  get parts(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /** Frees one part, after its runs have ended. */
  async close(part: string): Promise<void> {
    const opening = this.#sessions.get(part);
    this.#sessions.delete(part);
    const session = await opening?.catch(() => undefined);
    await session?.release();
  }

  /** Frees all parts, after their runs have ended. May be called again. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#sessions.keys()].map((part) => this.close(part)));
    await this.#atEnd();
  }

  /**
   * Looks whether it may still be used.
   *
   * @throws OnnxError `DISPOSED`
   */
  requireOpen(): void {
    if (this.#disposed) throw new OnnxError('DISPOSED', 'used after dispose(); load the model again');
  }

  async #compile(part: string, build: () => Uint8Array, stays: readonly string[]): Promise<PartSession> {
    try {
      const options = sessionOptions(this.provider, this.#threads, this.#weights, stays);
      const session = await this.runtime.InferenceSession.create(build(), options);
      return new PartSession(part, session, stays.length > 0);
    } catch (thrown) {
      throw sessionError(`compile ${part} on ${this.provider}`, thrown);
    }
  }
}

/**
 * Loads the runtime, chooses a provider and makes an empty pool.
 *
 * @param options - runtime, providers, threads and files with weights
 * @param graph - the model
 * @throws OnnxError `RUNTIME_MISSING`, `EXTERNAL_DATA`; ProviderError `PROVIDER_UNAVAILABLE`
 */
export async function createPool(
  options: SessionOptions & ExternalDataOption,
  graph: Pick<Graph, 'folder' | 'externalWeights'>,
): Promise<SessionPool> {
  requireSessionOptions(options);
  const contents = options.externalData;
  requireWeights(graph, contents);
  const thread = options.worker ? await startWorkerRuntime() : undefined;
  const runtime = thread ?? options.ort ?? (await loadRuntime());
  const provider = await chooseProvider(runtime, options.providers ?? ['cpu']).catch(
    async (thrown: unknown) => {
      await thread?.terminate();
      throw thrown;
    },
  );
  const weights = { folder: graph.folder, contents };
  return new SessionPool(runtime, provider, options.threads ?? 1, weights, () => thread?.terminate());
}

/** Contents of files with weights. */
export interface ExternalDataOption {
  /**
   * Contents of the files in which weights lie, by their names in the model: needed where the model is given as bytes. Given
   * as a path, the files are found beside it.
   */
  readonly externalData?: Readonly<Record<string, Uint8Array>> | undefined;
}

function requireWeights(
  { folder, externalWeights }: Pick<Graph, 'folder' | 'externalWeights'>,
  contents: Readonly<Record<string, Uint8Array>> = {},
): void {
  const missing = externalWeights.find(({ location }) => folder === undefined && !(location in contents));
  if (missing)
    throw external(
      missing.tensor,
      `lies in "${missing.location}": give the path of the model instead of its content, or the file with option externalData`,
    );
}
