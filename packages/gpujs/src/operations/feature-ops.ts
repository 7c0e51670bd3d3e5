import { FeatureError, float32TensorOps, type FeatureOps } from '@refrain/core';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { combine, subtract } from './elementwise.ts';
import { innerProduct, motion, relativeL1, sketch, sumOfMagnitudes, tokenNorms } from './reduce.ts';

/**
 * Arithmetic on features that lie on a device, for the executor. Each indicator reads back two numbers; sums are added in
 * two levels, in float32 on a GPU and in WebAssembly.
 *
 * Only `lowPass` goes through main memory: the feature is read, filtered there and uploaded again.
 */
export const deviceOps: FeatureOps<DeviceTensor> = {
  bytes: (feature) => feature.bytes,
  shape: (feature) => feature.signature,
  subtract: async (minuend, subtrahend) => {
    requireOneShape('subtract', [minuend, subtrahend]);
    return subtract(minuend, subtrahend);
  },
  combine: async (terms) => {
    requireOneShape(
      'combine',
      terms.map(({ feature }) => feature),
    );
    return combine(terms);
  },
  relativeL1: async (pairs) => {
    for (const { current, reference } of pairs) requireOneShape('relativeL1', [current, reference]);
    return Promise.all(pairs.map(({ current, reference }) => relativeL1(current, reference)));
  },
  sketch: async (feature, stride) => sketch(feature, stride),
  isFinite: async (feature) => Number.isFinite(await sumOfMagnitudes(feature)),
  lowPass: async (feature, radius) => {
    const tensor = { data: await feature.read(), dims: feature.shape };
    const filtered = await float32TensorOps.lowPass?.(tensor, radius);
    return feature.device.upload(filtered?.data ?? tensor.data, feature.shape);
  },
  tokenNorms: async (pairs) => {
    for (const { current, reference } of pairs) requireOneShape('tokenNorms', [current, reference]);
    return Promise.all(pairs.map(({ current, reference }) => tokenNorms(current, reference)));
  },
  motion: async (feature, lag) => motion(feature, lag),
  products: async (feature, others) => {
    requireOneShape('products', [feature, ...others]);
    return Promise.all(others.map((other) => innerProduct(feature, other)));
  },
  dispose: (feature) => feature.dispose(),
};

function requireOneShape(operation: string, features: readonly DeviceTensor[]): void {
  const shapes = features.map(({ signature }) => signature);
  if (features.length > 0 && new Set(shapes).size === 1) return;
  throw new FeatureError(
    'FEATURE_MISMATCH',
    `[gpujs] ${operation}: expected features of one shape, got ${shapes.join(' and ') || 'none'}; ` +
      'compute the feature anew when its shape changes',
  );
}
