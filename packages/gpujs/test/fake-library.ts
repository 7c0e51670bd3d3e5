/**
 * A gpu.js in which a test decides what goes wrong. Kernels compute nothing; they return what the test says.
 */
export interface FakeLibrary {
  readonly GPU: new (settings: { mode: string }) => unknown;
  readonly Input: new (values: Float32Array, size: readonly number[]) => object;
  readonly WebGPUContext?: { acquire(): Promise<unknown> };
}

/** What a fake kernel does when it is called. */
export type FakeRun = (output: readonly number[], pipeline: boolean) => unknown;

/**
 * Makes such a library.
 *
 * @param run - called for each launch
 * @param kernel - what gpu.js keeps beside a kernel: its context, why it fell back
 */
export function fakeLibrary(run: FakeRun, kernel: object = {}): FakeLibrary {
  return {
    GPU: class {
      createKernel(_source: string, { output, pipeline }: { output: readonly number[]; pipeline: boolean }) {
        return Object.assign(() => run(output, pipeline), { kernel });
      }
      async destroy(): Promise<void> {}
    },
    Input: class {
      readonly type = 'input';
    },
  };
}
