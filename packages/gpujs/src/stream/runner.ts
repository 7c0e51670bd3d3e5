import type { BlockRunner, ModelSite } from '@refrain/core';
import { GpuJsError } from '../errors.ts';
import type { GpuDevice } from '../gpu/device.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { deviceOps } from '../operations/feature-ops.ts';
import type { StreamModel } from './model.ts';
import { StreamPass } from './pass.ts';

/** What a runner has besides its model. */
export interface StreamRunnerOptions<Input, Output> {
  /** Where the model's tensors lie. */
  readonly device: GpuDevice;
  /** How input and output look as features. Left out: the model is no site, and policies that skip all of it cannot act. */
  readonly model?: ModelSite<Input, DeviceTensor, Output>;
  /** The architecture, for policies with constants of certain models. */
  readonly architecture?: string;
  /**
   * Tensors to free with the runner: weights.
   * @defaultValue none
   */
  readonly owned?: readonly DeviceTensor[];
  /**
   * Whether the device is disposed of with the runner.
   * @defaultValue false
   */
  readonly ownsDevice?: boolean;
}

/** A model on a device, as the core's executor runs it. */
export interface StreamRunner<Input, Output> extends BlockRunner<Input, DeviceTensor, Output> {
  /** Where it runs. */
  readonly device: GpuDevice;
  /**
   * Runs the whole model without an executor.
   *
   * @param input - of the model
   * @param place - timestep and branch, for models that read them from the pass instead of the input
   */
  plain(input: Input, place?: { readonly timestep: number; readonly branch: string }): Promise<Output>;
  /** Frees what it owns. It cannot be used afterwards; doing so again has no effect. */
  dispose(): Promise<void>;
}

/**
 * Makes a runner of a model on a device: its links in order, its way in and out. Stretches, taps, sketches, given values and
 * the freeing of intermediate tensors are taken care of.
 *
 * @param model - its links, its way in and out
 * @param options - device, model site, what it owns
 */
export function streamRunner<Input, Context, Output>(
  model: StreamModel<Input, Context, Output>,
  { device, model: site, architecture, owned = [], ownsDevice = false }: StreamRunnerOptions<Input, Output>,
): StreamRunner<Input, Output> {
  let disposed = false;
  const start = async (
    input: Input,
    timestep: number,
    branch: string,
    signal?: AbortSignal,
  ): Promise<StreamPass<Input, Context, Output>> => {
    if (disposed)
      throw new GpuJsError(
        'DISPOSED',
        `runner "${model.name}" was used after dispose(); load the model again`,
      );
    return new StreamPass(model, await model.enter(input, timestep, branch), signal);
  };
  return {
    name: model.name,
    sites: model.sites,
    conditioning: model.conditioning,
    sketches: true,
    ops: deviceOps,
    ...(site && { model: site }),
    ...(architecture !== undefined && { architecture }),
    device,
    enter: (input, { timestep, branch, signal }) => start(input, timestep, branch, signal),
    plain: async (
      input,
      { timestep = 0, branch = 'conditional' } = { timestep: 0, branch: 'conditional' },
    ) => {
      const pass = await start(input, timestep, branch);
      try {
        const until = model.links.length;
        const end = await pass.span({ from: 0, until, x: pass.x, values: new Map(), taps: [] });
        const output = pass.exit(end.x);
        return await output.finally(() => end.x.dispose());
      } finally {
        pass.x.dispose();
        pass.release();
      }
    },
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      for (const tensor of owned) tensor.dispose();
      if (ownsDevice) await device.dispose();
    },
  };
}
