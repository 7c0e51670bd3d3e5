import { RunnerError } from '../../errors.ts';
import { arraysOf, isFloat32Feature, type Float32Feature } from '../float32.ts';

/** Holds the functions of a hand-written model to their contract: what they return may be cached, so it must be new. */
export interface BlockGuard {
  /** Remembers the buffers of a feature that is in use: no function may return them. */
  note(feature: Float32Feature): void;
  /**
   * Passes on what a function returned, if it is a feature in new buffers.
   *
   * @throws RunnerError `RUNNER_CONTRACT` that names the function
   */
  requireNew(label: string, returned: unknown): Float32Feature;
  /** The same for a modulated input, which may also be the stream itself, since nobody changes either. */
  requireNewOr(stream: Float32Feature, label: string, returned: unknown): Float32Feature;
  /** Passes on what a function returned, if it is a feature. */
  requireFeature(label: string, returned: unknown): Float32Feature;
}

/**
 * A guard that remembers every buffer in use, weakly. That also finds a block that writes into one scratch array pass
 * after pass: a cached feature in it would silently turn into the current one, and its measured change into zero.
 *
 * @param runner - name of the runner, for messages
 */
export function createBlockGuard(runner: string): BlockGuard {
  const inUse = new WeakSet<ArrayBufferLike>();
  const broken = (message: string): RunnerError =>
    new RunnerError('RUNNER_CONTRACT', `[core] runner "${runner}": ${message}`);

  const note = (feature: Float32Feature): void => {
    for (const { buffer } of arraysOf(feature)) inUse.add(buffer);
  };
  const requireFeature = (label: string, returned: unknown): Float32Feature => {
    if (isFloat32Feature(returned)) return returned;
    throw broken(
      `expected a Float32Array or an array of them from ${label}, got ${kindOf(returned)}; ` +
        'convert what the model computes to float32 arrays',
    );
  };
  const requireNewBuffers = (
    label: string,
    feature: Float32Feature,
    allowed: Float32Feature,
  ): Float32Feature => {
    const exempt = new Set(arraysOf(allowed).map(({ buffer }) => buffer));
    if (arraysOf(feature).some(({ buffer }) => inUse.has(buffer) && !exempt.has(buffer))) {
      throw broken(
        `expected a new array from ${label}, got one that shares memory with its input or with an earlier feature; ` +
          'return a new array each time (copy what stays unchanged), because features are cached',
      );
    }
    note(feature);
    return feature;
  };
  return {
    note,
    requireFeature,
    requireNew: (label, returned) => requireNewBuffers(label, requireFeature(label, returned), []),
    requireNewOr: (stream, label, returned) =>
      requireNewBuffers(label, requireFeature(label, returned), stream),
  };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `an array with ${value.map(kindOf).join(', ')}`.slice(0, 80);
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'plain object'}` : `a ${typeof value}`;
}
