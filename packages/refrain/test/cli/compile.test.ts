import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

const model = fileURLToPath(new URL('../../../latte-mini/model/transformer.onnx', import.meta.url));

describe('compile', () => {
  test('writes the graph, tells its state, and describes it', async () => {
    const folder = temporaryFolder();
    const [out, json] = [join(folder, 'cached.onnx'), join(folder, 'cached.json')];
    const { exitCode, out: printed } = await run([
      'compile',
      model,
      '--policy',
      'teacache(threshold=0.2)',
      '--timesteps',
      '1000,750,500,250',
      '-o',
      out,
      '--json',
      json,
    ]);
    expect(exitCode).toBe(0);
    expect(printed).toContain('refrain.state.accumulated');
    const described: unknown = JSON.parse(readFileSync(json, 'utf8'));
    expect(described).toMatchObject({ policy: 'teacache(threshold=0.2)', steps: 4, output: 'sample' });
    // The file itself tells the same.
    expect(readFileSync(out).includes(JSON.stringify(described))).toBe(true);
  });

  test.each([
    [['--policy', 'pab'], 'decides at each attention'],
    [['--policy', 'fora(interval=2)'], '--steps'],
    [['--policy', 'fora(interval=2)', '--timesteps', '3,x'], 'Expected a number'],
    [['--policy', 'taylorseer', '--steps', '9'], 'combines 2 past features'],
    [['--policy', 'limit(teacache,maxAge=2)', '--steps', '9'], 'made of other policies'],
  ])('refuses %j', async (options, reason) => {
    const { exitCode, err } = await run([
      'compile',
      model,
      ...options,
      '-o',
      join(temporaryFolder(), 'x.onnx'),
    ]);
    expect(exitCode).toBe(2);
    expect(err).toContain(reason);
  });

  test('inspect says how a runner would divide the model', async () => {
    const { exitCode, out } = await run(['inspect', model, '--policy', 'fbcache']);
    expect(exitCode).toBe(0);
    expect(out).toContain('plan for fbcache: gated; the policy decides behind its first blocks');
  });

  test('says which file it cannot read', async () => {
    const { exitCode, err } = await run(['compile', 'nowhere.onnx', '--policy', 'fbcache', '-o', 'x.onnx']);
    expect(exitCode).toBe(1);
    expect(err).toContain('nowhere.onnx');
  });
});
