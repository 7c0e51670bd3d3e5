import { loadConfig, loadModelFile, loadReference } from '@refrain/latte-mini';
import { latteRunner, type GpuMode } from '../../../src/index.ts';

export interface Question {
  readonly ask: string;
  readonly mode: GpuMode;
}
export interface Answer {
  readonly result?: any;
  readonly error?: string;
}

export async function answer(question: Question): Promise<Answer> {
  try {
    return { result: await one(question) };
  } catch (thrown) {
    return { error: String(thrown) + ((thrown as any).stack ?? '') };
  }
}
async function one({ mode }: Question): Promise<any> {
  const ref = await loadReference();
  const { bytes } = await loadModelFile('transformer.safetensors');
  const config = await loadConfig();
  const t0 = performance.now();
  const r = await latteRunner({ weights: bytes, config, modes: [mode], allowSoftware: true });
  const n = 3 * 8 * 32 * 32;
  const input = {
    hidden_states: { data: ref.hiddenStates.data.slice(0, n), dims: [1, 3, 8, 32, 32] },
    timestep: { data: Float32Array.of(ref.timestep.data[0]!), dims: [1] },
    encoder_hidden_states: { data: ref.encoderHiddenStates.data.slice(0, 512), dims: [1, 8, 64] },
  };
  const t1 = performance.now();
  const out = await r.plain(input);
  const t2 = performance.now();
  let d = 0;
  out.data.forEach((v, j) => (d = Math.max(d, Math.abs(v - ref.sampleCaption.data[j]!))));
  return {
    d,
    load: t1 - t0,
    pass: t2 - t1,
    adapter: r.device.adapter,
    software: r.device.software,
    limits: r.device.limits,
    memory: r.device.memory(),
    kernels: r.device.kernels,
  };
}
