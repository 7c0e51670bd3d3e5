import { latteRunner, type GpuMode } from '@refrain/gpujs';
import { loadModelFile } from '@refrain/latte-mini';
import { openModel, type OpenModel } from '../open-model.ts';
import { textEncoder } from '../text-encoder.ts';
import type { Backend, ModelFacts } from './backend.ts';
import { probeEvaluation, probeWebAssembly, probeWebGl2, probeWebGpu, type Findings } from './probe.ts';
import { verify } from './verify.ts';

/** The modes of gpu.js, through `@refrain/gpujs`. */
export const gpujs: readonly Backend[] = [
  backend('webgpu', 'WebGPU', 'gpu.js kernels on the graphics card', probeWebGpu),
  backend('webgl2', 'WebGL2', 'gpu.js kernels on the graphics card, in older browsers', probeWebGl2),
  backend('webasm', 'WebAssembly', 'gpu.js kernels on the processor, one thread', probeWebAssembly),
  backend('cpu', 'CPU', 'gpu.js kernels in plain JavaScript', probeEvaluation),
];

function backend(
  mode: GpuMode,
  name: string,
  about: string,
  probe: () => Findings | Promise<Findings>,
): Backend {
  return { id: mode, name, about, probe: async () => probe(), open: (facts) => open(mode, facts) };
}

async function open(mode: GpuMode, facts: ModelFacts): Promise<OpenModel> {
  const [transformer, encoder, library] = await Promise.all([
    loadModelFile('transformer.safetensors', { verify }),
    loadModelFile('text_encoder.safetensors', { verify }),
    import('gpu.js'),
  ]);
  const runner = await latteRunner({
    weights: transformer.bytes,
    config: facts.config,
    modes: [mode],
    // Whoever picked it has read that it is slow.
    allowSoftware: true,
    library,
    name: 'latte-mini',
  });
  const { config } = facts;
  const dims = [1, config.inputChannels, config.frames, config.sampleSize, config.sampleSize];
  const embed = textEncoder(encoder.bytes, facts);
  return openModel({
    // Constants that were found on this very model fit it.
    runner: { ...runner, architecture: 'latte-mini' },
    input: ({ latent, timestep, embedding }) => ({
      hidden_states: { data: latent, dims },
      timestep: { data: Float32Array.of(timestep), dims: [1] },
      encoder_hidden_states: embedding,
    }),
    read: async ({ data }) => data,
    embed: async (prompt) => embed(prompt),
    // Kernels are compiled on first use, which the watching pass before each step has for almost all.
    compiling: () => 0,
    dispose: () => runner.dispose(),
  });
}
