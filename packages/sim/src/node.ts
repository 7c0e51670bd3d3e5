export { loadRecording, saveRecording } from './node/recording-file.ts';
export { recordingFromParquet, recordingToParquet } from './node/recording-parquet.ts';
export { sweep, type SweepOptions, type SweepProgress, type SweepResult } from './node/sweep/sweep.ts';
export type { SweepPaths } from './node/sweep/sweep-files.ts';
export { querySweep, type SweepCondition, type SweepQuery } from './node/sweep/query-sweep.ts';
