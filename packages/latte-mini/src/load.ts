import { parseConfig, type LatteMiniConfig } from './config.ts';
import type { ModelFileName } from './files.ts';
import {
  openSource,
  parseJson,
  type LoadOptions,
  type ModelFile,
  type ModelSource,
  type Verification,
} from './source.ts';
import { parseTokenizer, type LatteMiniTokenizer } from './tokenizer.ts';

/** Everything a pipeline needs to run the model. */
export interface LatteMini {
  readonly config: LatteMiniConfig;
  readonly tokenizer: LatteMiniTokenizer;
  /**
   * ONNX graph of the transformer: `hidden_states` float32 [batch, channels, frames, height, width], `timestep` float32
   * [batch], `encoder_hidden_states` float32 [batch, tokens, captionSize] → `sample`, shaped like `hidden_states`.
   */
  readonly transformer: ModelFile;
  /** ONNX graph of the text encoder: `input_ids` int64 [batch, tokens] → `encoder_hidden_states`. */
  readonly textEncoder: ModelFile;
  /** The weakest verification of the four files. */
  readonly verification: Verification;
}

/**
 * Loads config, tokenizer and both ONNX graphs, about 6.5 MB.
 *
 * @throws ModelFileError `MODEL_FILE_MISSING`, `MODEL_FILE_UNREADABLE` or `MODEL_FILE_CORRUPT`, naming the file;
 * ModelFileInvalidError when a JSON file is not as expected.
 *
 * @example
 * ```ts
 * import { loadLatteMini } from '@refrain/latte-mini';
 *
 * const { config, transformer, verification } = await loadLatteMini();
 * console.log(config.frames, config.sampleSize, verification); // 8 32 verified
 * console.log(transformer.bytes.length > 1_000_000); // true
 * ```
 */
export async function loadLatteMini(options: LoadOptions = {}): Promise<LatteMini> {
  const source = await openSource(options);
  const [config, tokenizer, transformer, textEncoder] = await Promise.all([
    source.read('config.json'),
    source.read('tokenizer.json'),
    source.read('transformer.onnx'),
    source.read('text_encoder.onnx'),
  ]);
  return {
    config: parseConfig(parseJson(config.name, config.bytes)),
    tokenizer: parseTokenizer(parseJson(tokenizer.name, tokenizer.bytes)),
    transformer,
    textEncoder,
    verification: weakest([config, tokenizer, transformer, textEncoder]),
  };
}

/**
 * Loads one file of the model by name; for the weights, `transformer.safetensors` and `text_encoder.safetensors`.
 *
 * @throws ModelFileError `MODEL_FILE_MISSING`, `MODEL_FILE_UNREADABLE` or `MODEL_FILE_CORRUPT`.
 */
export async function loadModelFile(name: ModelFileName, options: LoadOptions = {}): Promise<ModelFile> {
  const source = await openSource(options);
  return source.read(name);
}

/** Loads the ONNX graph of the transformer. Errors as `loadModelFile`. */
export async function loadTransformer(options: LoadOptions = {}): Promise<ModelFile> {
  return loadModelFile('transformer.onnx', options);
}

/** Loads the ONNX graph of the text encoder. Errors as `loadModelFile`. */
export async function loadTextEncoder(options: LoadOptions = {}): Promise<ModelFile> {
  return loadModelFile('text_encoder.onnx', options);
}

/** Loads and checks `config.json`. Errors as `loadModelFile` and `parseConfig`. */
export async function loadConfig(options: LoadOptions = {}): Promise<LatteMiniConfig> {
  return parseConfig(await readJson(await openSource(options), 'config.json'));
}

/** Loads and checks `tokenizer.json`. Errors as `loadModelFile` and `parseTokenizer`. */
export async function loadTokenizer(options: LoadOptions = {}): Promise<LatteMiniTokenizer> {
  return parseTokenizer(await readJson(await openSource(options), 'tokenizer.json'));
}

async function readJson(source: ModelSource, name: ModelFileName): Promise<unknown> {
  const { bytes } = await source.read(name);
  return parseJson(name, bytes);
}

function weakest(files: readonly ModelFile[]): Verification {
  const found = new Set(files.map((file) => file.verification));
  if (found.has('skipped')) return 'skipped';
  return found.has('no-checksum') ? 'no-checksum' : 'verified';
}
