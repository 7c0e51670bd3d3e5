import type { InferenceSessionFactory, TensorConstructor } from 'onnxruntime-common';
import { asError, OnnxError } from './errors.ts';

/** What this package uses of ONNX Runtime: the modules `onnxruntime-node` and `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  /** Makes sessions. */
  readonly InferenceSession: Pick<InferenceSessionFactory, 'create'>;
  /** Makes tensors. */
  readonly Tensor: TensorConstructor;
}

/** Imports a runtime; replaced in tests. */
export type RuntimeImport = () => Promise<OnnxRuntime | { readonly default: OnnxRuntime }>;

const importNodeRuntime: RuntimeImport = () => import('onnxruntime-node');

/**
 * Loads `onnxruntime-node`, which is an optional dependency.
 *
 * @param load - how to import it
 * @throws OnnxError `RUNTIME_MISSING` that names the package to install
 */
export async function loadRuntime(load: RuntimeImport = importNodeRuntime): Promise<OnnxRuntime> {
  try {
    const module = await load();
    return 'InferenceSession' in module ? module : module.default;
  } catch (thrown) {
    throw new OnnxError(
      'RUNTIME_MISSING',
      `ONNX Runtime could not be loaded (${asError(thrown).message}). Install it with: npm install onnxruntime-node. ` +
        "In a browser, or with another build, pass the module yourself: onnxRunner({ model, ort: await import('onnxruntime-web') }).",
      { cause: thrown },
    );
  }
}
