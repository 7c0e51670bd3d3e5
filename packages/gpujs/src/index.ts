export { GpuJsError, ModeError, type GpuJsErrorCode, type ModeAttempt } from './errors.ts';
export { openGpu, type OpenGpuOptions } from './gpu/open.ts';
export { gpuModes, type GpuMode } from './gpu/mode.ts';
export type { GpuDevice, DeviceMemory } from './gpu/device.ts';
export type { DeviceLimits } from './gpu/backend.ts';
export type { Kernel, KernelConstants } from './gpu/kernel.ts';
export type { DeviceTensor, KernelHost, KernelInput } from './gpu/tensor.ts';
export type { Shape } from './gpu/grid.ts';
export { scratch, type Own } from './gpu/scratch.ts';

export { deviceOps } from './operations/feature-ops.ts';
export { linear, linearHeads, type LinearLayer } from './operations/linear.ts';
export { modulatedNorm, type Modulation } from './operations/norm.ts';
export { attention, type AttentionInputs } from './operations/attention.ts';
export { addRow, combine, copy, fold, gatedSum, subtract } from './operations/elementwise.ts';
export type { TableRow } from './operations/shapes.ts';
export type { Activation } from './kernels/activation.ts';
export type { AttentionPattern } from './kernels/attention.ts';

export { streamRunner, type StreamRunner, type StreamRunnerOptions } from './stream/runner.ts';
export type { StreamLink, StreamModel } from './stream/model.ts';

export { readSafetensors, type WeightsFile, type WeightTensor } from './latte/safetensors.ts';
export { latteRunner, type LatteRunner, type LatteRunnerOptions } from './latte/runner.ts';
export type { LatteInput, LatteTensor } from './latte/input.ts';
export type { LatteConfig } from './latte/layout.ts';
export { latteTextEncoder, type LatteTextEncoder } from './latte/text-encoder.ts';

export { syntheticRunner, type SyntheticRunner, type SyntheticRunnerOptions } from './synthetic/runner.ts';
export type { SyntheticInput } from './synthetic/model.ts';
export type {
  RingMixing,
  SyntheticMathematics,
  SyntheticModel,
  SyntheticModuleMatrices,
} from './synthetic/network.ts';
