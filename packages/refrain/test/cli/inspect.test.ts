import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

const layout = (name: string): string =>
  fileURLToPath(new URL(`../../../onnx/test/fixtures/layouts/${name}`, import.meta.url));

interface Inspected {
  readonly families: readonly {
    readonly name: string;
    readonly count: number;
    readonly streams: number;
    readonly blocks: readonly Record<'inputs' | 'outputs' | 'flops' | 'parameters' | 'sites', unknown>[];
  }[];
  readonly cuts: readonly (readonly string[])[];
  readonly warnings: readonly string[];
}

describe('refrain inspect', () => {
  test('prints families, cuts and notes as a table', async () => {
    const { exitCode, out } = await run(['inspect', layout('unet.dynamo.onnx'), '--dimension', 'batch=2']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /4 +mid_attn\.transformer_blocks +1 +self-attention \+ cross-attention \+ mlp .* yes/,
    );
    expect(out).toMatch(/1 +down_attn1\.transformer_blocks +1 +none .* no/);
    expect(out).toMatch(/FLOPs for batch = 2/);
    expect(out).toMatch(/before +0 +linear_17/);
    expect(out).toMatch(/note.*not cached, because other layers lie between/);
  });

  test('prints JSON and nothing else, or writes it to a file', async () => {
    const { out } = await run(['inspect', layout('flux.dynamo.onnx'), '--json']);
    const { families, cuts, warnings } = JSON.parse(out) as Inspected;
    expect(families.map(({ name, count, streams }) => [name, count, streams])).toEqual([
      ['double_blocks', 4, 2],
      ['single_blocks', 4, 1],
    ]);
    for (const { blocks } of families)
      for (const block of blocks)
        expect(block).toMatchObject({
          inputs: expect.any(Array) as unknown,
          outputs: expect.any(Array) as unknown,
          flops: expect.any(Number) as unknown,
          parameters: expect.any(Number) as unknown,
          sites: expect.any(Array) as unknown,
        });
    expect(cuts.length).toBe(9);
    expect(warnings).toEqual([]);
    const file = join(temporaryFolder(), 'flux.json');
    const { out: table } = await run(['inspect', layout('flux.dynamo.onnx'), '--json', file]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(out));
    expect(table).toMatch(/double_blocks/);
  });

  test('draws a page that holds everything it needs', async () => {
    const file = join(temporaryFolder(), 'drawing.html');
    await run(['inspect', layout('mmdit.onnx'), '--html', file]);
    expect(existsSync(file)).toBe(true);
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/<g class="block/g)?.length).toBe(5);
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  test('takes the cuts that a user names', async () => {
    const cuts = ['/Add_output_0', '/blocks.1/Add_6_output_0', '/blocks.3/Add_6_output_0'];
    const argv = ['inspect', layout('dit-adaln.onnx'), ...cuts.flatMap((cut) => ['--cut', cut]), '--json'];
    const { out } = await run(argv);
    expect((JSON.parse(out) as Inspected).cuts).toEqual(cuts.map((cut) => [cut]));
  });

  test.each([
    ['a model without blocks', ['no-blocks.onnx'], /NO_BLOCKS/, 1],
    ['a file that is not there', ['nothing.onnx'], /MODEL_UNREADABLE/, 1],
    ['a cut that is not there', ['dit-adaln.onnx', '--cut', 'a', '--cut', 'b'], /no tensor "a"/, 1],
    ['a dimension without a size', ['dit-adaln.onnx', '--dimension', 'batch'], /--dimension: expected/, 2],
  ])('says what is wrong with %s', async (_, [file = '', ...options], message, code) => {
    const { exitCode, err } = await run(['inspect', layout(file), ...options]);
    expect(exitCode).toBe(code);
    expect(err).toMatch(message);
  });
});
