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

test('timers run while a pass is computed without a graphics card', async () => {
  const runner = await latteMini('webasm');
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  const { input } = await recordedCall(0, 0);
  const pass = await runner.enter(input, { step: 0, call: 0, branch: 'conditional', timestep: 0 });
  const { x } = await pass.span({ from: 0, until: 3, x: pass.x, values: new Map(), taps: [] });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(0);
  for (const tensor of [pass.x, x]) tensor.dispose();
  await runner.dispose();
}, 300_000);
