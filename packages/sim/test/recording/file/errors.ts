import { SimError, type Recording } from '@refrain/sim';

/** The error that a function must throw; anything but a `SimError` is thrown on. */
export function simErrorOf(read: () => unknown): SimError {
  try {
    read();
  } catch (error) {
    if (error instanceof SimError) return error;
    throw error;
  }
  throw new Error('expected an error, got none');
}

/** The error that a promise must reject with. */
export async function simErrorOfPromise(promise: Promise<unknown>): Promise<SimError> {
  const outcome = await promise.then(
    () => new Error('expected an error, got none'),
    (error: unknown) => error,
  );
  return simErrorOf(() => {
    throw outcome;
  });
}

/** True if no number of a recording is NaN or infinite. */
export function isFiniteThroughout({ lanes, ...description }: Recording): boolean {
  const isFinite = (values: Iterable<number>): boolean => [...values].every(Number.isFinite);
  // JSON would say null for NaN.
  return (
    !JSON.stringify(description).includes('null') &&
    lanes.every(
      ({ change, magnitude, ratios = [], products = [] }) =>
        isFinite(change) && isFinite(magnitude) && isFinite(ratios) && isFinite(products),
    )
  );
}
