import { OnnxError } from '../src/index.ts';

/** The error that a call throws. */
export function thrownBy(call: () => unknown): OnnxError {
  try {
    call();
  } catch (thrown) {
    return asOnnxError(thrown);
  }
  throw new Error('expected an error, got none');
}

/** The error that a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<OnnxError> {
  try {
    await promise;
  } catch (thrown) {
    return asOnnxError(thrown);
  }
  throw new Error('expected an error, got none');
}

function asOnnxError(thrown: unknown): OnnxError {
  if (thrown instanceof OnnxError) return thrown;
  throw thrown;
}
