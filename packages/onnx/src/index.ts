export { onnxRunner, type OnnxRunner, type OnnxRunnerOptions, type SpanToCompile } from './runner.ts';
export { onnxModel, type OnnxModel, type OnnxModelOptions } from './model.ts';

export type { PlannedGate } from './plans/gate-of.ts';
export { choosePlan, type PlanName, type PlanRequest, type SessionPlan } from './plans/plan.ts';

export type { OnnxInput } from './input.ts';
export type { FloatTensor, OnnxFeature } from './feature/feature.ts';
export type { OnnxData, OnnxTensor } from './tensor.ts';
export type { OnnxRuntime } from './runtime.ts';
export { startWorkerRuntime, type WorkerRuntime } from './worker/worker-runtime.ts';
export type { SessionOptions } from './sessions/options.ts';
export type { ExternalDataOption } from './sessions/pool.ts';
export type { SpanShape } from './span/shape.ts';

export { loadGraph, type ModelSource } from './graph/load.ts';
export { readGraph, type ReadOptions } from './graph/read.ts';
export type { ExternalWeight } from './graph/external-data.ts';
export type { Graph, GraphNode, TensorDeclaration } from './graph/graph.ts';
export { extract, type Extraction } from './graph/extract.ts';
export { inferTypes } from './graph/infer-types.ts';
export type { Sample } from './graph/sample.ts';
export { cutModel, type CutOptions, type ModelCut, type ModuleTensors } from './cut/cut-model.ts';
export { streamOfCut } from './cut/stream-of-cut.ts';
export type { Cut } from './cut/carried.ts';
export type { EndpointOptions, Endpoints } from './cut/endpoints.ts';
export type { BlockFamily, CutBlock } from './cut/families.ts';
export type { CutTensors } from './cut/manual.ts';

export {
  compileCut,
  compileModel,
  type CompiledModel,
  type CompileOptions,
} from './compile/compile-model.ts';
export type { CompiledDescription } from './compile/description.ts';
export type { StateTensor } from './compile/state.ts';

export {
  inspectModel,
  type InspectedBlock,
  type InspectedFamily,
  type InspectedSite,
  type Inspection,
  type InspectOptions,
} from './inspect.ts';

export { OnnxError, ProviderError, type OnnxErrorCode, type ProviderAttempt } from './errors.ts';
