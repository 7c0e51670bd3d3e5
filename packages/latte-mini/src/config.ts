import { parseFields, type Fields } from './fields.ts';

/** How the model wants to be sampled. */
export interface SamplerConfig {
  /** Name of the sampler in words, for example `rectified flow, Euler`. */
  readonly kind: string;
  /** What the transformer predicts, in words, for example `velocity = noise - x0`. */
  readonly prediction: string;
  /** Number of denoising steps the quality figures were measured with. */
  readonly steps: number;
  /** Timestep shift: above 1, more of the steps lie at high noise. */
  readonly shift: number;
  /** Scale of classifier-free guidance; 1 means no guidance. */
  readonly guidanceScale: number;
  /** Smallest and largest value of a pixel. */
  readonly pixelRange: readonly [minimum: number, maximum: number];
}

/** Layout and sampler facts of a model folder, from its `config.json`. */
export interface LatteMiniConfig {
  /** Name of the diffusers class with the same modules and shapes. */
  readonly className: string;
  /** Attention heads of a block. */
  readonly attentionHeads: number;
  /** Width of one attention head. */
  readonly attentionHeadSize: number;
  /** Width of a token inside the transformer: heads times head width. */
  readonly hiddenSize: number;
  /** Channels of the video that goes in. */
  readonly inputChannels: number;
  /** Channels of the prediction that comes out. */
  readonly outputChannels: number;
  /** Pairs of one spatial and one temporal block; there are twice as many blocks. */
  readonly blockPairs: number;
  /** Frames of a video. */
  readonly frames: number;
  /** Height and width of a frame, in pixels. */
  readonly sampleSize: number;
  /** Height and width of a patch, in pixels. */
  readonly patchSize: number;
  /** Patches of one frame. */
  readonly patches: number;
  /** Width of one row of the text encoder's output. */
  readonly captionSize: number;
  /** Parameters of the transformer. */
  readonly parameters: number;
  /** Parameters of the text encoder. */
  readonly textEncoderParameters: number;
  /** How to sample. */
  readonly sampler: SamplerConfig;
  /**
   * Names of the tensors inside `transformer.onnx` that hold each block's output, in the order of computation:
   * spatial ones are `[batch * frames, patches, hiddenSize]`, temporal ones `[batch * patches, frames, hiddenSize]`.
   */
  readonly blockOutputs: readonly string[];
  /** Notes on the training run, as written in the file. */
  readonly training: Readonly<Record<string, string>>;
}

/**
 * Checks a parsed `config.json` and gives it types.
 *
 * @param json - what `JSON.parse` returned.
 * @returns the config; sizes that follow from others (`hiddenSize`, `patches`) are filled in.
 * @throws ModelFileInvalidError (`MODEL_FILE_INVALID`) with every issue, when a field is missing, of the wrong kind, or
 * contradicts another one.
 *
 * @remarks The field names of the file are those of diffusers' `LatteTransformer3DModel` (`num_layers`, `video_length`, …).
 */
export function parseConfig(json: unknown): LatteMiniConfig {
  return parseFields('config.json', json, readConfig);
}

function readConfig(fields: Fields): LatteMiniConfig {
  const attentionHeads = fields.positiveInteger('num_attention_heads');
  const attentionHeadSize = fields.positiveInteger('attention_head_dim');
  const sampleSize = fields.positiveInteger('sample_size');
  const patchSize = fields.positiveInteger('patch_size');
  const config = {
    className: fields.text('_class_name'),
    attentionHeads,
    attentionHeadSize,
    hiddenSize: attentionHeads * attentionHeadSize,
    inputChannels: fields.positiveInteger('in_channels'),
    outputChannels: fields.positiveInteger('out_channels'),
    blockPairs: fields.positiveInteger('num_layers'),
    frames: fields.positiveInteger('video_length'),
    sampleSize,
    patchSize,
    patches: (sampleSize / patchSize) ** 2,
    captionSize: fields.positiveInteger('caption_channels'),
    parameters: fields.positiveInteger('parameters'),
    textEncoderParameters: fields.positiveInteger('text_encoder_parameters'),
    sampler: readSampler(fields.object('scheduler')),
    blockOutputs: fields.object('block_outputs').texts('order'),
    training: fields.textsByName('training'),
  };
  requireConsistency(fields, config);
  return config;
}

function readSampler(fields: Fields): SamplerConfig {
  const [minimum = 0, maximum = 0, ...others] = fields.numbers('pixel_range');
  fields.require(minimum < maximum && others.length === 0, 'pixel_range', 'expected [minimum, maximum]');
  return {
    kind: fields.text('kind'),
    prediction: fields.text('prediction'),
    steps: fields.positiveInteger('num_inference_steps'),
    shift: fields.positive('shift'),
    guidanceScale: fields.number('guidance_scale'),
    pixelRange: [minimum, maximum],
  };
}

function requireConsistency(fields: Fields, config: LatteMiniConfig): void {
  const { blockOutputs, blockPairs, patchSize, sampleSize } = config;
  const blocks = 2 * blockPairs;
  fields.require(
    sampleSize % patchSize === 0,
    'patch_size',
    `expected a divisor of sample_size ${sampleSize}, got ${patchSize}`,
  );
  fields.require(
    blockOutputs.length === blocks && new Set(blockOutputs).size === blocks,
    'block_outputs.order',
    `expected ${blocks} different names (two for each of the ${blockPairs} layers), got ${blockOutputs.length}`,
  );
}
