import { fixed } from '@refrain/core';
import type { GpuMode } from '../../../packages/gpujs/src/index.ts';
import { measured, openLatte, stepInputs } from '../latte.ts';
import { timeCached, timePieces } from '../measure.ts';

/** What the page of the benchmark is asked. */
export const questions = {
  /** Single pieces of work, and a short cached generation beside the plain one. */
  measure: async (mode: GpuMode): Promise<unknown> => {
    const runner = await openLatte(mode);
    const model = measured(runner, () => performance.now());
    const inputs = await stepInputs(3);
    const [first] = inputs as readonly [(typeof inputs)[0]];
    // Kernels are compiled on their first use.
    await runner.plain(first);
    const pieces = await timePieces(model, first);
    const held = (): number => runner.device.memory().bytes;
    const cached = await timeCached(model, fixed({ mask: '101' }), inputs, held);
    const { adapter } = runner.device;
    await runner.dispose();
    return { adapter, pieces, cached };
  },
};
