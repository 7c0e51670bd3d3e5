export { SimError, type SimErrorCode } from './errors.ts';
export type { CostModel } from './cost/cost-model.ts';
export type { RecordedLane, RecordedTap, Recording } from './recording/recording.ts';
