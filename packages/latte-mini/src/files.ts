/** Name of a file of the model folder, as the loaders and the manifest use it. */
export type ModelFileName =
  | 'transformer.onnx'
  | 'text_encoder.onnx'
  | 'transformer.safetensors'
  | 'text_encoder.safetensors'
  | 'config.json'
  | 'tokenizer.json'
  | ReferenceFileName;

/** Name of a file with reference vectors. */
export type ReferenceFileName =
  | 'reference/reference.json'
  | 'reference/input_ids.npy'
  | 'reference/encoder_hidden_states.npy'
  | 'reference/encoder_hidden_states_null.npy'
  | 'reference/noise.npy'
  | 'reference/times.npy'
  | 'reference/timestep.npy'
  | 'reference/hidden_states.npy'
  | 'reference/sample_caption.npy'
  | 'reference/sample_null.npy'
  | 'reference/video.npy';

/**
 * Where each packaged file lies.
 *
 * Every URL is spelled out because bundlers (Vite, webpack, Parcel) recognise only the literal form
 * `new URL('…', import.meta.url)`, and then emit the file and rewrite its address. The relative paths hold
 * from `src/` and from `dist/` alike: both lie one level below the package root.
 *
 * @internal
 */
export const packagedUrls: Readonly<Record<ModelFileName, () => URL>> = {
  'transformer.onnx': () => new URL('../model/transformer.onnx', import.meta.url),
  'text_encoder.onnx': () => new URL('../model/text_encoder.onnx', import.meta.url),
  'transformer.safetensors': () => new URL('../model/transformer.safetensors', import.meta.url),
  'text_encoder.safetensors': () => new URL('../model/text_encoder.safetensors', import.meta.url),
  'config.json': () => new URL('../model/config.json', import.meta.url),
  'tokenizer.json': () => new URL('../model/tokenizer.json', import.meta.url),
  'reference/reference.json': () => new URL('../reference/reference.json', import.meta.url),
  'reference/input_ids.npy': () => new URL('../reference/input_ids.npy', import.meta.url),
  'reference/encoder_hidden_states.npy': () =>
    new URL('../reference/encoder_hidden_states.npy', import.meta.url),
  'reference/encoder_hidden_states_null.npy': () =>
    new URL('../reference/encoder_hidden_states_null.npy', import.meta.url),
  'reference/noise.npy': () => new URL('../reference/noise.npy', import.meta.url),
  'reference/times.npy': () => new URL('../reference/times.npy', import.meta.url),
  'reference/timestep.npy': () => new URL('../reference/timestep.npy', import.meta.url),
  'reference/hidden_states.npy': () => new URL('../reference/hidden_states.npy', import.meta.url),
  'reference/sample_caption.npy': () => new URL('../reference/sample_caption.npy', import.meta.url),
  'reference/sample_null.npy': () => new URL('../reference/sample_null.npy', import.meta.url),
  'reference/video.npy': () => new URL('../reference/video.npy', import.meta.url),
};

/** Every file name the loaders know. */
export const modelFileNames: readonly ModelFileName[] = Object.keys(packagedUrls) as ModelFileName[];
