import type { Backend, CompiledKernel, KernelText } from './backend.ts';
import { gridOf, signatureOf, type Shape } from './grid.ts';
import type { Kernel } from './kernel.ts';

/** Compiled kernels, one for each operation, shape and set of constants: blocks of equal shape share them. */
export class KernelRegistry {
  readonly #backend: Backend;
  readonly #kernels = new Map<string, CompiledKernel>();

  /** @param backend - compiles */
  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Number of kernels that have been compiled. */
  get size(): number {
    return this.#kernels.size;
  }

  /**
   * A kernel for inputs and an output of certain shapes, compiled on first use.
   *
   * @param kernel - what to compute
   * @param inputs - shapes of the tensors that it reads, in order
   * @param output - shape of what it computes
   * @param result - whether that stays on the device
   */
  find(
    kernel: Kernel,
    inputs: readonly Shape[],
    output: Shape,
    result: KernelText['result'],
  ): CompiledKernel {
    const key = keyOf(kernel, inputs, output, result);
    const known = this.#kernels.get(key);
    if (known) return known;
    const compiled = this.#backend.compile({ source: kernel.source, grid: gridOf(output), result });
    this.#kernels.set(key, compiled);
    return compiled;
  }
}

function keyOf(
  { operation, constants }: Kernel,
  inputs: readonly Shape[],
  output: Shape,
  result: string,
): string {
  const shapes = inputs.map((shape) => gridOf(shape).join('×')).join(' ');
  return `${operation} ${JSON.stringify(constants)} ${shapes} → ${signatureOf(gridOf(output))} ${result}`;
}
