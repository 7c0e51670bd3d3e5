import { createHash } from 'node:crypto';
import type { BlockRunner, Float32Tensor } from '@refrain/core';
import { createWordTokenizer, video, type Video } from '@refrain/diffusion';
import { loadLatteMini, type LatteMiniConfig, type Verification } from '@refrain/latte-mini';
import { onnxModel, onnxRunner, type OnnxFeature, type OnnxInput, type OnnxTensor } from '@refrain/onnx';
import { CommandError } from '../errors.ts';

/** How to load a model. */
export interface PipelineOptions {
  /** A model folder; the embedded latte-mini when left out. */
  readonly model?: string;
  /** Execution providers to try, in order. */
  readonly providers: readonly string[];
  /** Threads of one session. */
  readonly threads: number;
}

/** The runner of a pipeline: its input is the named tensors of the ONNX graph. */
export type PipelineRunner = BlockRunner<OnnxInput, OnnxFeature, Float32Tensor>;

/** A text-to-video model, ready to generate. */
export interface Pipeline {
  /** Shown in reports. */
  readonly name: string;
  readonly config: LatteMiniConfig;
  readonly verification: Verification;
  /** SHA-256 of both graphs, in hexadecimal: equal for equal weights. */
  readonly fingerprint: string;
  /** Package of the runtime. */
  readonly runtime: string;
  /** Execution provider that is used. */
  readonly provider: string;
  readonly runner: PipelineRunner;
  /** Number of values of a latent. */
  readonly latentLength: number;
  /**
   * Embeds a prompt; undefined gives the unconditional embedding.
   *
   * @throws DiffusionError `UNKNOWN_WORD` and others, naming the words
   */
  embed(prompt: string | undefined): Promise<Float32Tensor>;
  /** The input tensors of one pass. */
  input(sample: Float32Array, timestep: number, embedding: Float32Tensor): OnnxInput;
  /** Puts the sizes to a finished latent. */
  toVideo(latent: Float32Array): Video;
  /** Frees sessions. */
  dispose(): Promise<void>;
}

/**
 * Loads a model folder and opens it with ONNX Runtime.
 *
 * @throws LatteMiniError when a file is missing or corrupt, OnnxError when the runtime or a provider is missing
 */
export async function openPipeline({ model, providers, threads }: PipelineOptions): Promise<Pipeline> {
  const { config, tokenizer, transformer, textEncoder, verification } = await loadLatteMini(
    model === undefined ? {} : { from: model },
  );
  const words = createWordTokenizer(tokenizer);
  const runner = await onnxRunner({
    model: transformer.bytes,
    providers,
    threads,
    name: model ?? 'latte-mini',
    architecture: 'latte-mini',
    // Comparisons and recordings tell the blocks from what surrounds them, so each part has to be a session of its own.
    plan: 'chain',
  });
  const encoder = await onnxModel({ model: textEncoder.bytes, providers, threads }).catch(
    async (error: unknown) => {
      await runner.dispose();
      throw error;
    },
  );
  const dims = [1, config.inputChannels, config.frames, config.sampleSize, config.sampleSize];
  return {
    name: model ?? 'latte-mini',
    config,
    verification,
    fingerprint: createHash('sha256').update(transformer.bytes).update(textEncoder.bytes).digest('hex'),
    runtime: 'onnxruntime-node',
    provider: runner.provider,
    runner,
    latentLength: dims.reduce((product, size) => product * size, 1),
    async embed(prompt) {
      const ids = prompt === undefined ? words.unconditional() : words.encode(prompt);
      const outputs = await encoder.run({ input_ids: { data: ids, dims: [1, ids.length] } });
      return requireEmbedding(outputs['encoder_hidden_states']);
    },
    input: (sample, timestep, embedding) => ({
      hidden_states: { data: sample, dims },
      timestep: { data: Float32Array.of(timestep), dims: [1] },
      encoder_hidden_states: embedding,
    }),
    toVideo: (latent) =>
      video(latent, {
        channels: config.outputChannels,
        frames: config.frames,
        height: config.sampleSize,
        width: config.sampleSize,
      }),
    async dispose() {
      await runner.dispose();
      await encoder.dispose();
    },
  };
}

function requireEmbedding(tensor: OnnxTensor | undefined): Float32Tensor {
  if (tensor?.data instanceof Float32Array) return { data: tensor.data, dims: tensor.dims };
  throw new CommandError(
    'MODEL_UNSUITABLE',
    '[refrain] the text encoder of this model folder has no float32 output "encoder_hidden_states": use a folder with the layout of latte-mini',
  );
}
