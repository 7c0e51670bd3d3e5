import { fbcache, refrain } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { onnxRunner } from '../src/index.ts';
import { rejectionOf } from './catch.ts';
import { tinyModel } from './make-model.ts';
import { latteInput, latteMini } from './latte-mini.ts';

describe('in a worker thread', () => {
  test('the event loop stays alive, and the output is the same', async () => {
    const model = await latteMini();
    const here = await onnxRunner({ model, selfCheck: false });
    const there = await onnxRunner({ model, selfCheck: false, worker: true });
    const expected = await here.plain(latteInput());
    await there.plain(latteInput());
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const output = await there.plain(latteInput());
    clearInterval(timer);
    expect(output).toEqual(expected);
    expect(ticks).toBeGreaterThan(5);
    await Promise.all([here.dispose(), there.dispose()]);
  });

  test('a policy runs, an abort ends the run between sessions, and errors keep their code', async () => {
    const runner = await onnxRunner({ model: tinyModel(3), worker: true });
    const input = {
      latent: { data: new Float32Array(12).fill(0.3), dims: [1, 3, 4] },
      timestep: { data: Float32Array.of(0.5), dims: [1] },
    };
    const stop = new AbortController();
    const run = refrain(runner, fbcache()).start({ timesteps: [3, 2, 1], signal: stop.signal });
    await run.step(input, { step: 0 });
    await run.step(input, { step: 1 });
    expect(run.report().reuseRate).toBeGreaterThan(0);
    const last = run.step(input, { step: 2 });
    stop.abort();
    await expect(last).rejects.toMatchObject({ code: 'RUN_ABORTED' });
    expect(run.report().bytes.held).toBe(0);
    expect((await rejectionOf(runner.plain({ latent: input.latent }))).code).toBe('INPUT_MISMATCH');
    await runner.dispose();
    expect((await rejectionOf(runner.plain(input))).code).toBe('DISPOSED');
  });
});
