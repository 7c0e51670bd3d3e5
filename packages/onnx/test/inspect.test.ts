import { describe, expect, test } from 'vitest';
import { inspectModel, loadGraph, type Inspection } from '../src/index.ts';
import { layoutFile } from './layout.ts';

const inspect = async (file: string, batch = 1): Promise<Inspection> =>
  inspectModel(await loadGraph(layoutFile(file)), { dimensions: { batch } });

describe('inspection', () => {
  test('estimates operations and counts weights as a calculation by hand does', async () => {
    const { families, flops, parameters, dimensions } = await inspect('dit-adaln.dynamo.onnx', 2);
    expect(dimensions).toEqual({ batch: 2 });
    const [tokens, width] = [36, 32];
    const linear = (from: number, to: number, rows = tokens): number => 2 * rows * from * to;
    const attention = 2 * 2 * tokens * tokens * width;
    const block =
      linear(width, 3 * width) +
      linear(width, width) +
      attention +
      2 * linear(width, width) +
      linear(width, 6 * width, 1);
    for (const one of families[0]?.blocks ?? []) {
      expect(one.flops).toBe(2 * block);
      const weights = (from: number, to: number): number => from * to + to;
      const own = weights(width, 3 * width) + 3 * weights(width, width) + weights(width, 6 * width);
      // Norms without weights have a vector of ones.
      expect(one.parameters).toBe(own + width);
    }
    expect(flops).toBeGreaterThan(8 * block);
    expect(parameters).toBeGreaterThan(50_000);
  });

  test.each(['dit-adaln', 'pixart', 'latte', 'mmdit', 'flux', 'hunyuan-skip'])(
    '%s: both exporters give the same operations',
    async (name) => {
      const [one, other] = [await inspect(`${name}.onnx`), await inspect(`${name}.dynamo.onnx`)];
      const figures = ({ families }: Inspection): unknown =>
        families.map(({ blocks }) => blocks.map(({ flops }) => flops));
      expect(figures(one)).toEqual(figures(other));
      expect(one.flops).toBe(other.flops);
    },
  );

  test('is plain data, with the cuts as they can be given back', async () => {
    const found = await inspect('mmdit.onnx');
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    const again = inspectModel(await loadGraph(layoutFile('mmdit.onnx')), { cuts: found.cuts });
    expect(again.cuts).toEqual(found.cuts);
    expect(again.families.flatMap(({ blocks }) => blocks.map(({ outputs }) => outputs))).toEqual(
      found.families.flatMap(({ blocks }) => blocks.map(({ outputs }) => outputs)),
    );
  });

  test('says what is cacheable', async () => {
    const { families, warnings } = await inspect('unet.dynamo.onnx');
    expect(families.map(({ blocks }) => blocks.filter(({ cacheable }) => cacheable).length)).toEqual([
      0, 4, 0,
    ]);
    expect(families[1]?.blocks[0]?.sites.map(({ kind }) => kind)).toEqual([
      'self-attention',
      'cross-attention',
      'mlp',
    ]);
    expect(warnings.length).toBe(2);
  });
});
