export { refrain, type CachedModel } from './executor/refrain.ts';
export type { Run, StepPlace } from './executor/run.ts';
export type { GuidedPlace } from './executor/guided.ts';
export type { RunOptions } from './executor/run-options.ts';
export { requireNeeds, type Offer } from './executor/needs.ts';

export type {
  BlockRunner,
  ModelSite,
  Pass,
  PassInfo,
  RunnerTap,
  SpanRequest,
  SpanResult,
  TapRequest,
} from './pass/runner.ts';
export type { FeatureOps, FeaturePair, MaybePromise, WeightedFeature } from './pass/features.ts';
export type { BlockSite, InnerSite, ModuleKind, SiteInfo, Stream } from './pass/site.ts';
export { streamOf } from './pass/stream.ts';
export { fromBlocks, type FromBlocksOptions, type FromBlocksWithEnter } from './pass/from-blocks.ts';
export type {
  BlockDefinition,
  BlockFunction,
  BlockModule,
  ModularBlock,
  PlainBlock,
} from './features/blocks/definition.ts';
export {
  arraysOf,
  float32Ops,
  float32TensorOps,
  isFloat32Feature,
  type Float32Feature,
  type Float32Tensor,
} from './features/float32.ts';
export {
  addSums,
  isFiniteArray,
  relativeL1KernelName,
  relativeL1Sums,
  relativeL1SumsOfShards,
} from './indicator/kernel/relative-l1.ts';
export { sketchArray } from './indicator/kernel/sketch.ts';

export type { Indicator, Measurement, Quantity, Sums, Tap } from './indicator/indicator.ts';
export { readRatio, relativeL1, type Reading } from './indicator/ratio.ts';

export type {
  Granularity,
  Limits,
  Misfit,
  Needs,
  Policy,
  Position,
  RunShape,
  SpecialOperation,
} from './policy/policy.ts';
export { specialOperations } from './policy/policy.ts';
export { outputOf, productsOf, SAMPLE } from './policy/decision.ts';
export type {
  BorrowedTerm,
  CacheForm,
  ComputeDecision,
  Decision,
  Entry,
  MeasureDecision,
  Observation,
  Refusal,
  ReuseDecision,
} from './policy/decision.ts';
export type { Reason } from './policy/reason.ts';
export {
  definePolicy,
  type AnyPolicyFactory,
  type Arity,
  type NoOptions,
  type PolicyDefinition,
  type PolicyFactory,
} from './policy/define.ts';
export {
  defineCombinator,
  definePlainCombinator,
  type CombinatorDefinition,
  type CombinatorFactory,
  type PlainCombinatorFactory,
} from './policy/combinators/define.ts';
export {
  choiceOption,
  integerOption,
  numberOption,
  numbersOption,
  stepCountOption,
  stepsOf,
  textOption,
  type OptionDisplay,
  type OptionFacts,
  type OptionSpec,
  type OptionSpecs,
  type StepCount,
} from './policy/options.ts';
export { compute, reuse, wholeStack } from './policy/span.ts';
export { listPolicies, parsePolicy, type ParseOptions } from './policy/registry.ts';
export { optionsOf } from './policy/options-of.ts';
export { parseId, type ParsedId } from './policy/syntax.ts';
export { nearestName } from './policy/nearest.ts';

export { never, type NeverState } from './policy/baseline/never.ts';
export { always, type AlwaysState } from './policy/baseline/always.ts';
export { watch, type WatchOptions, type WatchState } from './policy/baseline/watch.ts';
export { fixed, type FixedOptions, type FixedState } from './policy/baseline/fixed.ts';
export { recorded, type RecordedOptions, type RecordedState } from './policy/baseline/recorded.ts';
export { laneName, type LaneTrace, type Trace, type TraceSpan } from './policy/baseline/trace.ts';
export { printTrace, readTrace } from './policy/baseline/trace-text.ts';
export { bwcache, type BwcachePlan, type BwcacheState } from './policy/block/bwcache.ts';
export type { BwcacheOptions, StopRule } from './policy/block/bwcache-options.ts';
export type { BlockIndicator } from './policy/block/block-indicators.ts';
export type { ReuseUnit, UnitProgress } from './policy/block/reuse-unit.ts';
export type { TimestepWindow } from './policy/block/timestep-window.ts';
export { fbcache, type FbcacheOptions, type FbcacheState } from './policy/block/fbcache.ts';
export { dbcache, type DbcacheState } from './policy/block/dbcache.ts';
export type { DbcacheOptions } from './policy/block/dbcache-options.ts';
export type { DbcacheContext } from './policy/block/dbcache-context.ts';
export { dbprune } from './policy/block/dbprune.ts';
export type { DbpruneLane, DbpruneState } from './policy/block/dbprune-state.ts';
export type { DbpruneOptions, PrunableBlock } from './policy/block/dbprune-options.ts';
export type { CacheDitOptions } from './policy/block/cache-dit-options.ts';
export type { CacheDitCounters } from './policy/block/cache-dit-rules.ts';
export { dicache, type DicacheState } from './policy/block/dicache.ts';
export type { DicacheOptions } from './policy/block/dicache-options.ts';
export type { ProbeDistances, ProbeWindow } from './policy/block/dicache-window.ts';
export { deltaDit, type DeltaDitOptions, type DeltaDitState } from './policy/block/delta-dit.ts';
export type { Middle } from './policy/block/middle.ts';
export { hasStepMask, stepMask, stepMaskPresets, type StepMaskPreset } from './policy/block/step-masks.ts';
export { fora, type ForaOptions, type ForaState } from './policy/step/fora.ts';
export { teacache, teacacheRule, type TeaCacheOptions } from './policy/step/teacache.ts';
export { adacache, type AdaCacheOptions } from './policy/step/adacache.ts';
export type { AdaCacheState } from './policy/step/adacache-rule.ts';
export type { ComparedSpan } from './policy/step/adacache-metric.ts';
export {
  adacacheCodebooks,
  type Codebook,
  type CodebookEntry,
  type CodebookName,
  type PublishedCodebook,
} from './policy/step/adacache-codebooks.ts';
export type { CachedParts } from './policy/step/cached-parts.ts';
export { easycache, type EasyCacheOptions, type EasyCacheState } from './policy/step/easycache.ts';
export { magcache, type MagCacheOptions, type MagCacheState } from './policy/step/magcache.ts';
export { magcacheModels, type MagCacheModel, type MagCacheModelName } from './policy/step/magcache-ratios.ts';
export type { MagCacheVariant } from './policy/step/magcache-variants.ts';
export { magnitudeRatios, magnitudes, type MagnitudesState } from './policy/step/magcache-calibration.ts';
export type { TeaCacheRule, TeaCacheState } from './policy/step/teacache-rule.ts';
export {
  teacacheModels,
  type TeaCacheModel,
  type TeaCacheModelName,
  type TeaCacheSignal,
} from './policy/step/teacache-models.ts';
export type { TeaCacheArithmetic, TeaCacheVariant } from './policy/step/teacache-variants.ts';
export type { Published } from './policy/published.ts';
export { pab, type PabOptions } from './policy/attention/pab.ts';
export type { PabState } from './policy/attention/pab-rule.ts';
export {
  smoothcache,
  type SmoothCacheOptions,
  type SmoothCacheState,
} from './policy/attention/smoothcache.ts';
export {
  smoothcacheCalibration,
  type SmoothCacheCalibrationOptions,
  type SmoothCacheCalibrationState,
} from './policy/attention/smoothcache-calibration.ts';
export { fastercache, type FasterCacheOptions } from './policy/attention/fastercache.ts';
export type { FasterCacheState } from './policy/attention/fastercache-rule.ts';
export type { Blend } from './policy/attention/blend.ts';
export { cfgcache, type CfgCacheOptions } from './policy/guidance/cfg-cache.ts';
export type { DeltaState } from './policy/guidance/guidance-delta.ts';
export type { FasterCacheVariant } from './policy/guidance/guidance-schedule.ts';
export {
  fastercacheModels,
  type AttentionConstants,
  type FasterCacheModel,
  type FasterCacheModelName,
  type GuidanceConstants,
} from './policy/guidance/fastercache-models.ts';
export { smoothcacheFrom } from './policy/attention/smoothcache-from.ts';
export { smoothcacheSchedule, type SmoothCacheErrors } from './policy/attention/smoothcache-schedule.ts';
export { tgate, type TgateOptions, type TgateState } from './policy/attention/tgate.ts';
export {
  tgateStep,
  type TgateAction,
  type TgateConstants,
  type TgateStep,
} from './policy/attention/tgate-schedule.ts';
export { pabModels, type PabModel, type PabModelName } from './policy/attention/pab-models.ts';

export type { DecisionRecord, RunReport, RunSeconds, Warning } from './report/report.ts';
export { traceOf } from './report/trace-of.ts';
export { describeReason } from './report/describe-reason.ts';

export {
  FeatureError,
  PolicyConfigError,
  PolicyError,
  RefrainError,
  RunError,
  RunnerError,
  type ErrorCode,
  type OptionIssue,
} from './errors.ts';
export type { Json } from './json.ts';
export { taylorseer, type TaylorSeerOptions } from './policy/step/taylorseer.ts';
export type { CombinedState } from './policy/combinators/combination.ts';
export { firstOf } from './policy/combinators/first-of.ts';
export { both } from './policy/combinators/both.ts';
export { either } from './policy/combinators/either.ts';
export type { EnsembleMemory } from './policy/combinators/voices.ts';
export type { KeptEntries, KeptEntry } from './policy/combinators/kept-entries.ts';
export type { OpenSpan, Plain } from './policy/combinators/open-span.ts';
export { perBranch, type PerBranchMemory } from './policy/combinators/per-branch.ts';
export { within, type WithinMemory, type WithinOptions } from './policy/combinators/within.ts';
export type { Window, WindowEnd } from './policy/combinators/window.ts';
export { limit, type LimitMemory, type LimitOptions } from './policy/combinators/limit.ts';
export type { ContentAge } from './policy/combinators/content-age.ts';
export type { PlainEntry, WaitingEntries } from './policy/combinators/waiting-entries.ts';
export { masked, type MaskedOptions, type MaskedState } from './policy/combinators/masked.ts';
export type { VetoState } from './policy/combinators/veto.ts';
export { forecast, forecastWith, type ForecastOptions } from './policy/combinators/forecast.ts';
export type { ForecastMemory } from './policy/forecast/forecasting.ts';
export type { ForecastMethod, History } from './policy/forecast/history.ts';
export { taylorWeights, type TaylorRule } from './policy/forecast/taylor.ts';
export {
  focaAfterComputed,
  focaAfterForecast,
  focaWeights,
  noFoca,
  type FocaMemory,
} from './policy/forecast/foca.ts';
export { dmdWeights, uniformSteps, type DmdFit } from './policy/forecast/dmd.ts';
export type { Eigen, EigenSolver } from './policy/forecast/eigen.ts';
export type { Matrix } from './policy/forecast/matrix.ts';
export { budget, type BudgetOptions } from './policy/combinators/budget.ts';
export type { BudgetMemory } from './policy/combinators/budget-memory.ts';
export type { Course } from './policy/combinators/pace.ts';
