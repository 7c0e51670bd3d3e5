import { GpuJsError } from '../errors.ts';
import { linear } from '../operations/linear.ts';
import type { GpuDevice } from './device.ts';
import { scratch } from './scratch.ts';

/**
 * Has a device compute a product whose result is known, through upload, two kernels, an exponential of a large number and
 * a read-back.
 *
 * @param device - just opened
 * @throws GpuJsError `SELF_TEST_FAILED` when a value is wrong
 */
export async function selfTest(device: GpuDevice): Promise<void> {
  const values = await scratch(async (own) => {
    const x = own(await device.upload(Float32Array.of(1, 2, 3, 4, 100, 0, 0, 0), [2, 4]));
    const weight = own(await device.upload(Float32Array.of(1, 0, 0, 1, -1, 0, 0, 2), [4, 2]));
    const bias = own(await device.upload(Float32Array.of(0.5, -0.5), [1, 2]));
    const product = own(await linear(x, { weight, bias: { table: bias, row: 0 } }));
    // x · W + b = [[-1.5, 9.5], [100.5, -0.5]]
    return own(await linear(product, { weight: own(await identity(device)), activation: 'gelu' })).read();
  });
  const expected = [-0.10042839, 9.5, 100.5, -0.15428599];
  const wrong = expected.some((value, index) => !(Math.abs((values[index] ?? Number.NaN) - value) < 1e-4));
  if (wrong)
    throw new GpuJsError(
      'SELF_TEST_FAILED',
      `${device.mode} on "${device.adapter}": expected ${expected.join(', ')}, got ${values.join(', ')}`,
    );
}

function identity(device: GpuDevice): ReturnType<GpuDevice['upload']> {
  return device.upload(Float32Array.of(1, 0, 0, 1), [2, 2]);
}
