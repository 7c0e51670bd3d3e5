export { policyLaws, type NamedLaw, type PolicyLawOptions, type TestFunction } from './laws/policy-laws.ts';
export { policyLawCatalogue } from './laws/catalogue.ts';
export type {
  Breach,
  ExecutedCase,
  ExecutedCheck,
  LawSetting,
  PolicyCapabilities,
  PolicyLaw,
} from './laws/law.ts';
export type { LawProperty, PolicyCase, PropertyOptions } from './laws/properties.ts';
export type { LawFailure, TryOptions } from './laws/try-property.ts';
export { fuzzPolicy, type FuzzOptions, type FuzzResult } from './fuzz/fuzz-policy.ts';
export type { FuzzTally } from './fuzz/tally.ts';
export {
  describeCase,
  describeDecision,
  describeFailure,
  describeRun,
  timelineOf,
} from './fuzz/describe-failure.ts';
export { enumerateLaws, type Enumerated, type Enumeration } from './laws/enumerate.ts';
export { propertiesOf } from './laws/properties.ts';
export { tryProperty } from './laws/try-property.ts';

export {
  runnerLaws,
  runnerLawCatalogue,
  type NamedRunnerLaw,
  type RunnerLawOptions,
} from './runner/runner-laws.ts';
export type { AnySubject, RunnerCase, RunnerLaw } from './runner/law.ts';
export type {
  MeasuredDrift,
  MeasureDrift,
  RunnerCapabilities,
  RunnerUse,
  Subject,
} from './runner/subject.ts';

export {
  moduleLists,
  optionsOf,
  runCases,
  timestepsOf,
  type RunCase,
  type SamplerOrder,
} from './cases/run-case.ts';
export {
  fits,
  registered,
  registeredCapabilities,
  registeredRuns,
  signalCases,
  walkCases,
  type PolicyArbitrary,
  type PolicySource,
  type WalkCase,
} from './cases/policy-source.ts';
export { finiteSignals, wildSignals } from './cases/signals.ts';
export { everyTrace, indicatorTraces, type IndicatorTrace, type TraceValue } from './cases/traces.ts';
export { changingWidths, float32Features } from './cases/features.ts';
export { interruptions, type Interruption } from './cases/interruptions.ts';
export {
  borrows,
  courseOf,
  inputOf,
  runCase,
  runnerOf,
  verdicts,
  type CaseOptions,
  type SignalCase,
} from './cases/executed.ts';
export { policyCases, policyTable } from './policies/policies.ts';
export { randomPolicies } from './policies/random-options.ts';
export { traces } from './policies/traces.ts';

export { CacheModel, type CacheReader } from './walk/cache-model.ts';
export { lanesOf, passesOf, type Course } from './walk/course.ts';
export { ImpossibleDecision, Walker } from './walk/walk.ts';
export { traceWorld, type TraceWorld, type World } from './walk/world.ts';
export { walkTree, type WalkTree } from './walk/walk-tree.ts';

export { Ledger, trackedOps, type Tracked, type TrackedOpsOptions } from './toy/ledger.ts';
export { exactModel, lengthOf, linearModel, type ToyModel } from './toy/model.ts';
export { trackedRunner, type TrackedOptions, type TrackedRunner } from './toy/tracked-runner.ts';
export {
  bare,
  expectNothingLeft,
  generate,
  placesOf,
  slowly,
  walk,
  type Executor,
  type Generation,
  type InputOf,
} from './toy/generate.ts';
export {
  computes,
  entry,
  looks,
  numerators,
  reuses,
  scripted,
  streamAt,
  type Scripted,
  type ScriptState,
} from './toy/scripted.ts';
export { outputsByHand } from './oracle/by-hand.ts';
export { Oracle, type Script } from './oracle/oracle.ts';
export { randomCases, randomPolicy, scriptOf, type RandomCase } from './oracle/random-script.ts';

export { TestingError, type TestingErrorCode } from './errors.ts';
