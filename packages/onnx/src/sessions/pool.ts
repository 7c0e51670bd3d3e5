import { OnnxError } from '../errors.ts';
import { loadRuntime, type OnnxRuntime } from '../runtime.ts';
import { requireSessionOptions, sessionOptions, type SessionOptions } from './options.ts';
import { PartSession, sessionError } from './part-session.ts';
import { chooseProvider } from './provider.ts';

/** Compiled parts of a model, each compiled once and kept until the end. */
export class SessionPool {
  /** The runtime behind it. */
  readonly runtime: OnnxRuntime;
  /** The execution provider that is used. */
  readonly provider: string;
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<PartSession>>();
  #disposed = false;

  /**
   * @param runtime - ONNX Runtime
   * @param provider - an execution provider that works
   * @param threads - threads for one operation
   */
  constructor(runtime: OnnxRuntime, provider: string, threads: number) {
    this.runtime = runtime;
    this.provider = provider;
    this.#threads = threads;
  }

  /**
   * Compiles a part on its first use. Calls that come while it is being compiled wait for the same session.
   *
   * @param part - says which part it is; equal for parts that are alike
   * @param build - makes its ONNX file
   * @throws OnnxError `SESSION_FAILED`; the next call tries again
   */
  async open(part: string, build: () => Uint8Array): Promise<PartSession> {
    this.requireOpen();
    const known = this.#sessions.get(part);
    if (known) return known;
    const opening = this.#compile(part, build);
    this.#sessions.set(part, opening);
    opening.catch(() => this.#sessions.delete(part));
    return opening;
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
  }

  /**
   * Looks whether it may still be used.
   *
   * @throws OnnxError `DISPOSED`
   */
  requireOpen(): void {
    if (this.#disposed) throw new OnnxError('DISPOSED', 'used after dispose(); load the model again');
  }

  async #compile(part: string, build: () => Uint8Array): Promise<PartSession> {
    try {
      const options = sessionOptions(this.provider, this.#threads);
      return new PartSession(part, await this.runtime.InferenceSession.create(build(), options));
    } catch (thrown) {
      throw sessionError(`compile ${part} on ${this.provider}`, thrown);
    }
  }
}

/**
 * Loads the runtime, chooses a provider and makes an empty pool.
 *
 * @param options - runtime, providers and threads
 * @throws OnnxError `RUNTIME_MISSING`; ProviderError `PROVIDER_UNAVAILABLE`
 */
export async function createPool(options: SessionOptions): Promise<SessionPool> {
  requireSessionOptions(options);
  const runtime = options.ort ?? (await loadRuntime());
  const provider = await chooseProvider(runtime, options.providers ?? ['cpu']);
  return new SessionPool(runtime, provider, options.threads ?? 1);
}
