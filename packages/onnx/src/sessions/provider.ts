import { create, toBinary } from '@bufbuild/protobuf';
import { asError, ProviderError, type ProviderAttempt } from '../errors.ts';
import { FLOAT32 } from '../graph/element-type.ts';
import { ModelProtoSchema } from '../graph/proto/onnx_pb.js';
import type { OnnxRuntime } from '../runtime.ts';
import { sessionOptions } from './options.ts';

/**
 * Finds the first execution provider that works. ONNX Runtime falls back from a provider that its build does not know, but
 * not from one that it knows and cannot load, so each is tried alone, on a model of one node: a failure is then the
 * provider's and not the model's.
 *
 * @param runtime - ONNX Runtime
 * @param providers - names, best first
 * @returns the name of the one that works
 * @throws ProviderError that lists every attempt
 */
export async function chooseProvider(runtime: OnnxRuntime, providers: readonly string[]): Promise<string> {
  const attempts: ProviderAttempt[] = [];
  for (const provider of providers) {
    try {
      const session = await runtime.InferenceSession.create(
        identityModel(FLOAT32),
        sessionOptions(provider, 1),
      );
      await session.release();
      return provider;
    } catch (thrown) {
      attempts.push({ provider, error: asError(thrown) });
    }
  }
  throw new ProviderError(attempts);
}

/** A model that gives its input `x` as `y`. */
export function identityModel(elemType: number): Uint8Array {
  const value = (name: string): { name: string; type: { tensorType: { elemType: number } } } => ({
    name,
    type: { tensorType: { elemType } },
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'probe',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [value('x')],
      output: [value('y')],
    },
  });
  return toBinary(ModelProtoSchema, model);
}
