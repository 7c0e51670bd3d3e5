import type { BackendState } from '../../messages.ts';
import type { Backend } from './backend.ts';
import { onnx } from './onnx.ts';

/** All backends, in the order in which the page shows them. */
export const backends: readonly Backend[] = [onnx];

/** Asks every backend whether it works here. */
export async function lookAround(): Promise<readonly BackendState[]> {
  return Promise.all(
    backends.map(async (backend) => {
      const { id, name, about } = backend;
      const reason = await backend.obstacle().catch(String);
      return { id, name, about, ...(reason !== undefined && { reason }) };
    }),
  );
}
