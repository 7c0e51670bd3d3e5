import type { DeviceTensor } from './tensor.ts';

/** Marks a tensor as needed until the end of a piece of work. */
export type Own = (tensor: DeviceTensor) => DeviceTensor;

/**
 * Does a piece of work and disposes of the tensors that it owned, also after an error. What it returns must be read or not
 * be owned.
 *
 * @param work - calls `own` on each intermediate result
 */
export async function scratch<T>(work: (own: Own) => Promise<T>): Promise<T> {
  const owned: DeviceTensor[] = [];
  try {
    return await work((tensor) => {
      owned.push(tensor);
      return tensor;
    });
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}
