export { loadRecording, saveRecording } from './node/recording-file.ts';
export { recordingFromParquet, recordingToParquet } from './node/recording-parquet.ts';
