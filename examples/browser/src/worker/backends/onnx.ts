import type { Float32Tensor } from '@refrain/core';
import { createWordTokenizer } from '@refrain/diffusion';
import { loadTextEncoder, loadTransformer } from '@refrain/latte-mini';
import { onnxModel, onnxRunner, type OnnxRuntime } from '@refrain/onnx';
import { openModel, type OpenModel } from '../open-model.ts';
import type { Backend, ModelFacts } from './backend.ts';
import { probeWebAssembly } from './probe.ts';
import { stopwatch } from './stopwatch.ts';
import { verify } from './verify.ts';

/** onnxruntime-web in WebAssembly, through `@refrain/onnx` with the runtime passed in. */
export const onnx: Backend = {
  id: 'onnx',
  name: 'onnxruntime-web',
  about: 'ONNX graph in WebAssembly, one thread',
  probe: async () => probeWebAssembly(),
  open,
};

/** Two copies of one page need not load the runtime twice. */
async function loadRuntime(): Promise<OnnxRuntime> {
  const [ort, { default: wasm }] = await Promise.all([
    import('onnxruntime-web/wasm'),
    import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
  ]);
  // From the site itself: left alone, the runtime would look beside its own script.
  ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
  ort.env.wasm.numThreads = 1;
  return ort;
}

async function open({ config, tokenizer }: ModelFacts): Promise<OpenModel> {
  const [runtime, transformer, textEncoder] = await Promise.all([
    loadRuntime(),
    loadTransformer({ verify }),
    loadTextEncoder({ verify }),
  ]);
  const watch = stopwatch();
  const ort: OnnxRuntime = {
    Tensor: runtime.Tensor,
    InferenceSession: {
      // Its overloads differ in what a model is; whatever it is, making a session is what takes the time.
      create: watch.timed(
        runtime.InferenceSession.create.bind(runtime.InferenceSession),
      ) as OnnxRuntime['InferenceSession']['create'],
    },
  };
  const options = { ort, providers: ['wasm'] };
  const runner = await onnxRunner({
    ...options,
    model: transformer.bytes,
    name: 'latte-mini',
    architecture: 'latte-mini',
  });
  const encoder = await onnxModel({ ...options, model: textEncoder.bytes });
  const words = createWordTokenizer(tokenizer);
  const dims = [1, config.inputChannels, config.frames, config.sampleSize, config.sampleSize];
  return openModel({
    runner,
    input: ({ latent, timestep, embedding }) => ({
      hidden_states: { data: latent, dims },
      timestep: { data: Float32Array.of(timestep), dims: [1] },
      encoder_hidden_states: embedding,
    }),
    read: async ({ data }) => data,
    async embed(prompt) {
      const ids = prompt === undefined ? words.unconditional() : words.encode(prompt);
      const outputs = await encoder.run({ input_ids: { data: ids, dims: [1, ids.length] } });
      return outputs['encoder_hidden_states'] as Float32Tensor;
    },
    compiling: watch.seconds,
    async dispose() {
      await runner.dispose();
      await encoder.dispose();
    },
  });
}
