import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { asError, OnnxError } from '../errors.ts';

/** Tensors by name. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

/** A compiled part of a model. */
export class PartSession {
  readonly #part: string;
  readonly #session: InferenceSession;
  readonly #staysOnDevice: boolean;
  readonly #running = new Set<Promise<unknown>>();
  #released = false;

  /**
   * @param part - what it is, for messages
   * @param session - of the runtime; belongs to this object from now on
   * @param staysOnDevice - whether some of its outputs stay on the device
   */
  constructor(part: string, session: InferenceSession, staysOnDevice = false) {
    this.#part = part;
    this.#session = session;
    this.#staysOnDevice = staysOnDevice;
  }

  /** Types of its outputs, by name. */
  outputTypes(): ReadonlyMap<string, Tensor.Type> {
    const outputs = this.#session.outputMetadata;
    return new Map(outputs.flatMap((output) => (output.isTensor ? [[output.name, output.type]] : [])));
  }

  /**
   * Runs it.
   *
   * @param given - tensors by name; it takes those that it needs
   * @param outputs - those to fetch; all of them when left out
   * @throws OnnxError `SESSION_FAILED`, `DISPOSED`
   */
  async run(given: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors> {
    if (this.#released) throw new OnnxError('DISPOSED', `${this.#part} was used after dispose()`);
    const feeds = this.#feeds(given);
    // ONNX Runtime puts outputs into the wrong places where only some are fetched of a session that has places for them.
    const run =
      outputs && !this.#staysOnDevice ? this.#session.run(feeds, outputs) : this.#session.run(feeds);
    this.#running.add(run);
    try {
      const all = new Map(Object.entries(await run).flatMap(onlyTensors));
      return outputs && this.#staysOnDevice ? onlyWanted(all, outputs) : all;
    } catch (thrown) {
      throw sessionError(`run ${this.#part}`, thrown);
    } finally {
      this.#running.delete(run);
    }
  }

  /** Frees it, after its runs have ended. */
  async release(): Promise<void> {
    this.#released = true;
    await Promise.allSettled(this.#running);
    await this.#session.release();
  }

  #feeds(given: NamedTensors): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames) {
      const tensor = given.get(name);
      if (!tensor)
        throw new OnnxError('SESSION_FAILED', `nothing was given for "${name}", which ${this.#part} needs`);
      feeds[name] = tensor;
    }
    return feeds;
  }
}

/**
 * Says what ONNX Runtime could not do.
 *
 * @param what - for example `run the whole model`
 * @param thrown - what it threw; an `OnnxError` is passed on as it is
 */
export function sessionError(what: string, thrown: unknown): OnnxError {
  if (thrown instanceof OnnxError) return thrown;
  const message = `ONNX Runtime could not ${what}: ${asError(thrown).message}`;
  return new OnnxError('SESSION_FAILED', message, { cause: thrown });
}

/** Frees what stays on the device and nobody has asked for. */
function onlyWanted(all: NamedTensors, wanted: readonly string[]): NamedTensors {
  for (const [name, tensor] of all)
    if (!wanted.includes(name) && tensor.location === 'gpu-buffer') tensor.dispose();
  return new Map([...all].filter(([name]) => wanted.includes(name)));
}

function onlyTensors([name, value]: [string, InferenceSession.ReturnType[string]]): [string, Tensor][] {
  return 'location' in value ? [[name, value]] : [];
}
