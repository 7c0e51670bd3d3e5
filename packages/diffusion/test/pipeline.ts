import { loadLatteMini } from '@refrain/latte-mini';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** The plain model, with nothing cached: one call of the text encoder or of the transformer, batch 1. */
export interface PlainModel {
  /** Caption embedding, [1, tokens, captionSize]. */
  readonly encode: (tokens: BigInt64Array) => Promise<Float32Array>;
  /** Velocity, shaped like the sample. */
  readonly predict: (sample: Float32Array, timestep: number, caption: Float32Array) => Promise<Float32Array>;
  readonly release: () => Promise<void>;
}

/** One thread without spinning: results do not depend on the machine's load. */
const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/** Opens both graphs of the packaged model. */
export async function openPlainModel(): Promise<PlainModel> {
  const { config, tokenizer, transformer, textEncoder } = await loadLatteMini();
  const [encoder, denoiser] = await Promise.all([
    InferenceSession.create(textEncoder.bytes, sessionOptions),
    InferenceSession.create(transformer.bytes, sessionOptions),
  ]);
  const clip = [1, config.inputChannels, config.frames, config.sampleSize, config.sampleSize];
  return {
    encode: async (tokens) => {
      const result = await encoder.run({ input_ids: new Tensor('int64', tokens, [1, tokenizer.length]) });
      return floats(result['encoder_hidden_states']);
    },
    predict: async (sample, timestep, caption) => {
      const result = await denoiser.run({
        hidden_states: new Tensor('float32', sample, clip),
        timestep: new Tensor('float32', new Float32Array([timestep]), [1]),
        encoder_hidden_states: new Tensor('float32', caption, [1, tokenizer.length, config.captionSize]),
      });
      return floats(result['sample']);
    },
    release: async () => {
      await Promise.all([encoder.release(), denoiser.release()]);
    },
  };
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`expected a float32 output, got ${tensor?.type}`);
}
