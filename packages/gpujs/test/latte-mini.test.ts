import { describe, expect, test } from 'vitest';
import { largestDifference, latteMini, recordedCall } from './latte-mini.ts';

describe.each(['cpu', 'webasm'] as const)('latte-mini in mode %s', (mode) => {
  test('one call is within 1e-4 of what PyTorch computed, and leaves nothing but the weights behind', async () => {
    const runner = await latteMini(mode);
    const weights = runner.device.memory();
    const { input, expected } = await recordedCall(1, 2);
    const { data, dims } = await runner.plain(input);
    expect(dims).toEqual([1, 3, 8, 32, 32]);
    expect(largestDifference(data, expected)).toBeLessThan(1e-4);
    expect(runner.device.memory()).toMatchObject({ tensors: weights.tensors, bytes: weights.bytes });
    await runner.dispose();
    expect(runner.device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  }, 300_000);
});
