import type { BackendState } from '../../messages.ts';
import type { Backend } from './backend.ts';
import { gpujs } from './gpujs.ts';
import { onnx } from './onnx.ts';

/** All backends, in the order in which the page shows them. */
export const backends: readonly Backend[] = [...gpujs, onnx];

/** Asks every backend whether it works here. */
export async function lookAround(): Promise<readonly BackendState[]> {
  return Promise.all(
    backends.map(async ({ id, name, about, probe }) => {
      const { reason, remark } = await probe().catch((error: unknown) => ({
        reason: String(error),
        remark: '',
      }));
      return {
        id,
        name,
        about: remark ? `${about}. ${remark}` : about,
        ...(reason !== undefined && { reason }),
      };
    }),
  );
}
