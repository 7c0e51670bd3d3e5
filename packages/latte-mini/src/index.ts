export { parseConfig, type LatteMiniConfig, type SamplerConfig } from './config.ts';
export {
  LatteMiniError,
  ModelFileCorruptError,
  ModelFileError,
  ModelFileInvalidError,
  NpyError,
  type Issue,
  type LatteMiniErrorCode,
} from './errors.ts';
export { modelFileNames, type ModelFileName, type ReferenceFileName } from './files.ts';
export {
  loadConfig,
  loadLatteMini,
  loadModelFile,
  loadTextEncoder,
  loadTokenizer,
  loadTransformer,
  type LatteMini,
} from './load.ts';
export { parseNpy, type NpyArray, type NpyFloat32, type NpyInt64 } from './npy.ts';
export { loadReference, type LatteMiniReference, type ReferenceRun } from './reference.ts';
export type { LoadOptions, ModelFile, Verification } from './source.ts';
export { parseTokenizer, type LatteMiniTokenizer } from './tokenizer.ts';
