export { SimError, type SimErrorCode } from './errors.ts';
export type { CostModel } from './cost/cost-model.ts';
export {
  measureCosts,
  type MeasureCostsOptions,
  type MeasureProgress,
} from './cost/measure/measure-costs.ts';
export { devices, type Device, type DeviceName, type Precision } from './cost/roofline/device.ts';
export { ditStream, type DitBlock, type DitFamily, type DitModel } from './cost/roofline/dit-model.ts';
export { ditModels, type DitModelName } from './cost/roofline/dit-models.ts';
export {
  passWork,
  rooflineCosts,
  type PassWork,
  type RooflineOptions,
} from './cost/roofline/roofline-costs.ts';
export {
  publishedLatencies,
  type PublishedCaching,
  type PublishedLatency,
  type PublishedName,
} from './cost/published/latencies.ts';
export {
  publishedCosts,
  type PublishedCostsOptions,
  type PublishedModelName,
} from './cost/published/published-costs.ts';
export { spreadCosts } from './cost/spread-costs.ts';
export { bwcacheSchedule, type BwcacheRun, type BwcacheSchedule } from './cost/ablation/bwcache-schedule.ts';
export {
  bwcacheSeconds,
  fitTrigger,
  meanReused,
  triggerForReused,
  type FittedLatency,
  type IntervalLatency,
  type TriggerFit,
  type TriggerFitOptions,
} from './cost/ablation/fit-trigger.ts';
export {
  openSoraAblation,
  type PublishedAblation,
  type ThresholdReuse,
} from './cost/ablation/published-ablation.ts';
export type { RecordedLane, RecordedTap, Recording } from './recording/recording.ts';
export { readRecording } from './recording/file/read-recording.ts';
export { writeRecording } from './recording/file/write-recording.ts';
export { replay, replayer, type Replay, type ReplayOptions, type ReplaySummary } from './replay/replay.ts';
export { record, type RecordedModel, type RecordingRun, type RecordOptions } from './recording/record.ts';

export {
  syntheticDit,
  type SyntheticDit,
  type SyntheticInput,
  type SyntheticPlace,
} from './synthetic/synthetic-dit.ts';
export type {
  ChangeShape,
  Motion,
  ResolvedSyntheticOptions,
  SyntheticOptions,
  SyntheticSchedule,
} from './synthetic/options.ts';
export type { SyntheticModule, SyntheticNetwork } from './synthetic/network.ts';
export type { TokenMixing } from './synthetic/mixing.ts';
export type { ModuleState, Moment } from './synthetic/moment.ts';
export type { Preconditioning, StepCoefficients, SyntheticSampling } from './synthetic/sampling.ts';
export {
  simulate,
  simulateBare,
  type SimulateOptions,
  type Simulation,
  type SyntheticRun,
} from './synthetic/simulate.ts';
export { driftBetween, type Drift } from './synthetic/drift.ts';
export { syntheticPresets, type SyntheticPreset, type SyntheticPresetName } from './synthetic/presets.ts';
export {
  lipschitzOf,
  type LipschitzConstants,
  type ModuleLipschitz,
  type StepLipschitz,
} from './synthetic/lipschitz.ts';
export { driftBound, type DriftBound, type StepBound } from './synthetic/bound/drift-bound.ts';
export type { BoundBasis, DriftEvidence } from './synthetic/bound/evidence.ts';

export {
  readDesign,
  type Design,
  type DesignParameter,
  type ListParameter,
  type ParameterValue,
  type PolicyFamily,
  type RangeParameter,
} from './sweep/design.ts';
export { defaultDesign } from './sweep/default-design.ts';
export { gridDesign, type GridCounts } from './sweep/grid-design.ts';
export { randomDesign } from './sweep/random-design.ts';
export { outcomesOf, type Outcomes, type PolicyFailure, type PolicyOutcome } from './sweep/outcome.ts';
export { paretoFront, type SpeedAndDrift } from './sweep/pareto-front.ts';
export type { SweepRow } from './sweep/sweep-row.ts';
export { evaluator, type Evaluate } from './tune/evaluator.ts';
export type { DriftJudgement, TuneTarget } from './tune/target.ts';
export { tune, type Tuned, type TuneOptions, type TuneSearch } from './tune/tune.ts';
