import { describe, expect, test } from 'vitest';
import { cutModel, inspectModel, onnxModel, onnxRunner, readGraph, type ModelCut } from '../src/index.ts';
import { graphInit, makeModel, tinyTransformer, type GraphParts, type Node } from './make-model.ts';

/** What exporters make of programs that compute more than they need, or in another form than the papers write. */
const cutOf = (parts: GraphParts): ModelCut => cutModel(readGraph(makeModel(parts)));
const counts = ({ families }: ModelCut): readonly string[] =>
  families.map(({ blocks, streams }) => `${blocks.length} of ${streams}`);
const numbers = { zero: [0], two: [2], three: [3], eight: [8], end: [2 ** 31 - 1] };

/** `tinyTransformer` with nodes of its blocks replaced. */
function changed(blocks: number, change: (node: Node, block: string) => readonly Node[]): GraphParts {
  const parts = tinyTransformer(blocks);
  const nodes = parts.nodes.flatMap((node) => {
    const block = /\d+$/.exec(node[2][0] ?? '')?.[0];
    return block === undefined || node[2][0] === 'x0' ? [node] : change(node, block);
  });
  return { ...parts, nodes, integers: { ...parts.integers, ...numbers } };
}

/** The same node, reading other tensors. */
function reading([operator, inputs, outputs, attributes = []]: Node, rename: (name: string) => string): Node {
  return [operator, inputs.map(rename), outputs, attributes];
}

describe('sizes', () => {
  test('may be looked up in what is made for that alone', () => {
    const parts = changed(3, (node, block) => {
      if (node[0] !== 'Relu') return [node];
      return [
        ['Slice', [`h${block}`, 'zero', 'eight', 'two'], [`part${block}`]],
        ['Shape', [`part${block}`], [`sizes${block}`]],
        ['Relu', [`h${block}`], [`all${block}`]],
        ['Reshape', [`all${block}`, `sizes${block}`], [`r${block}`]],
      ];
    });
    const cut = cutOf(parts);
    expect(counts(cut)).toEqual(['3 of 1']);
    expect(cut.carried).toEqual(['gate']);
  });

  test('that one module has looked up may be used by the next', async () => {
    const parts = changed(3, (node, block) => {
      if (node[0] === 'Mul') return [['Mul', [`wide${block}`, `m${block}`], [`g${block}`]]];
      if (node[2][0] !== `y${block}`) return [node];
      return [
        ['Shape', [`x${block}`], [`sizes${block}`]],
        ['Expand', ['gate', `sizes${block}`], [`wide${block}`]],
        ['Mul', [`wide${block}`, `a${block}`], [`b${block}`]],
        ['Add', [`x${block}`, `b${block}`], [`y${block}`]],
      ];
    });
    expect(cutOf(parts).inner.length).toBe(6);
    const runner = await onnxRunner({ model: makeModel(parts), plan: 'chain' });
    await runner.dispose();
  });
});

describe('sizes that a later block uses', () => {
  test('are looked up where the stream begins, without what they were looked up in', async () => {
    const shared = (node: Node, block: string): readonly Node[] => {
      if (node[0] !== 'Relu') return [node];
      const looked: readonly Node[] = [
        ['Transpose', ['h1'], ['turned'], [{ name: 'perm', type: 7, ints: [0n, 2n, 1n] }]],
        ['Transpose', ['turned'], ['back'], [{ name: 'perm', type: 7, ints: [0n, 2n, 1n] }]],
        ['Shape', ['back'], ['sizes']],
      ];
      const relu: Node = ['Relu', [`h${block}`], [`all${block}`]];
      return [
        ...(block === '1' ? looked : []),
        relu,
        block === '0' ? ['Identity', ['all0'], ['r0']] : ['Reshape', [`all${block}`, 'sizes'], [`r${block}`]],
      ];
    };
    const model = makeModel(changed(4, shared));
    const cut = cutModel(readGraph(model));
    expect(cut.blocks.length).toBe(4);
    expect(cut.carried).toEqual(['gate', 'sizes']);
    for (const plan of ['chain', 'gated', 'fused'] as const) {
      const runner = await onnxRunner({ model, plan, dimensions: { batch: 3 } });
      await runner.dispose();
    }
  });
});

describe('streams', () => {
  test('that blocks take apart and join again stay joined', async () => {
    const axis = [{ name: 'axis', type: 2, i: 1n }];
    const apart = (block: number, of: string): readonly Node[] => [
      ['Slice', [of, 'zero', 'two', 'one'], [`head${block}`]],
      ['Slice', [of, 'two', 'end', 'one'], [`tail${block}`]],
    ];
    const blocks = changed(4, (node, block) => {
      const own = reading(node, (name) => (name === `x${block}` ? `joined${block}` : name));
      const next = Number(block);
      if (node[2][0] === `q${block}`)
        return [['Concat', [`head${block}`, `tail${block}`], [`joined${block}`], axis], own];
      if (node[2][0] !== `x${block}`) return [own];
      return [['Add', [`y${next - 1}`, `g${next - 1}`], [`x${block}`]], ...apart(next, `x${block}`)];
    });
    const parts: GraphParts = {
      ...blocks,
      integers: { ...blocks.integers, one: [1] },
      outputs: [['prediction', ['batch', 1, 4]]],
      nodes: blocks.nodes.flatMap((node) => {
        if (node[2][0] === 'x0') return [node, ...apart(0, 'x0')];
        return node[2][0] === 'prediction'
          ? [reading(node, (name) => (name === 'x4' ? 'tail4' : name))]
          : [node];
      }),
      nameOf: ([, , [output = '']]) => {
        const block = Number(/\d+$/.exec(output)?.[0]) - (/^(x|head|tail)/.test(output) ? 1 : 0);
        return block >= 0 ? `/blocks.${block}/${output}` : `/${output}`;
      },
    };
    const cut = cutOf(parts);
    expect(counts(cut)).toEqual(['4 of 1']);
    expect(cut.cuts.slice(1)).toEqual([['x1'], ['x2'], ['x3'], ['x4']]);
    const runner = await onnxRunner({ model: makeModel(parts) });
    await runner.dispose();
  });

  test('of which parts have gates of their own are one stream', async () => {
    const part = (of: string, to: string): readonly Node[] => [
      ['Slice', [of, 'zero', 'two', 'one'], [`${to}head`]],
      ['Slice', [of, 'two', 'end', 'one'], [`${to}tail`]],
    ];
    const parts = changed(3, (node, block) => {
      if (node[2][0] !== `y${block}`) return [node];
      return [
        ...part(`x${block}`, `x${block}`),
        ...part(`a${block}`, `a${block}`),
        ['Mul', ['gate', `a${block}head`], [`b${block}head`]],
        ['Add', [`x${block}head`, `b${block}head`], [`y${block}head`]],
        ['Add', [`x${block}tail`, `a${block}tail`], [`y${block}tail`]],
        ['Concat', [`y${block}head`, `y${block}tail`], [`y${block}`], [{ name: 'axis', type: 2, i: 1n }]],
      ];
    });
    const given = { ...parts, integers: { ...parts.integers, one: [1] } };
    const cut = cutOf(given);
    expect(cut.inner.slice(0, 2).map(({ kind }) => kind)).toEqual(['self-attention', 'mlp']);
    expect(cut.positions.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    const model = makeModel(given);
    const runner = await onnxRunner({ model, plan: 'chain' });
    const input = {
      latent: { dims: [1, 3, 4], data: Float32Array.from({ length: 12 }, (_, at) => Math.sin(at)) },
      timestep: { dims: [1], data: Float32Array.of(0.7) },
    };
    const whole = await onnxModel({ model });
    const { prediction } = await whole.run(input);
    const { data } = await runner.plain(input);
    for (const [at, value] of data.entries()) expect(value).toBeCloseTo(Number(prediction?.data[at]), 6);
    await runner.dispose();
    await whole.dispose();
  });

  test('have one name, whatever casts to their own type lie between', () => {
    const parts = changed(3, (node, block) => {
      const rename = (name: string): string => (name === `x${block}` ? `cast${block}` : name);
      const own = reading(node, rename);
      if (node[2][0] !== `q${block}`) return [own];
      return [['Cast', [`x${block}`], [`cast${block}`], [{ name: 'to', type: 2, i: 1n }]], own];
    });
    expect(cutOf(parts).positions.flat()).toEqual(['x0', 'y0', 'x1', 'y1', 'x2', 'y2', 'x3']);
  });

  test('take both modules of a block at once where the inner sum goes no further', () => {
    const parts = changed(3, (node, block) => {
      const next = Number(block);
      return node[2][0] === `x${block}` ? [['Add', [`x${next - 1}`, `g${next - 1}`], [`x${block}`]]] : [node];
    });
    const cut = cutOf(parts);
    expect(cut.inner.map(({ kind }) => kind)).toEqual(['other', 'other', 'other']);
    expect(cut.positions.flat()).toEqual(['x0', 'x1', 'x2', 'x3']);
  });

  test('that are given more tokens on their way are cached up to there or from there on', () => {
    const parts = changed(5, (node) => {
      const own = reading(node, (name) => (name === 'x2' ? 'more' : name));
      if (node[2][0] !== 'q2') return [own];
      return [['Concat', ['prompt', 'x2'], ['more'], [{ name: 'axis', type: 2, i: 1n }]], own];
    });
    const cut = cutOf({
      ...parts,
      inputs: [...parts.inputs, ['prompt', ['batch', 2, 4]]],
      outputs: [['prediction', ['batch', 5, 4]]],
    });
    expect(cut.blocks.length).toBe(3);
    expect(cut.positions[0]).toEqual(['more']);
    expect(cut.warnings.join()).toMatch(/block\.0 to block\.1: not cached/);
  });
});

test('a model whose only table has one row is checked with row 0', async () => {
  const parts = tinyTransformer(2);
  const runner = await onnxRunner({
    model: makeModel({
      ...parts,
      inputs: [...parts.inputs, ['style', ['batch'], 7]],
      weights: { ...parts.weights, styles: [1, 4] },
      integers: { ...parts.integers, rows: [1] },
      nodes: parts.nodes.flatMap((node) =>
        node[2][0] === 'x0'
          ? [
              ['Gather', ['styles', 'style'], ['row']],
              ['Unsqueeze', ['row', 'rows'], ['styled']],
              ['MatMul', node[1], ['embedded']],
              ['Add', ['embedded', 'styled'], ['x0']],
            ]
          : [node],
      ),
    }),
  });
  expect(runner.sites.length).toBe(6);
  await runner.dispose();
});

describe('modules', () => {
  test('of two attentions to the same stream give both their values', async () => {
    const model = makeModel(
      changed(3, (node, block) => {
        if (node[2][0] === `h${block}`)
          return [reading(node, (name) => (name === `y${block}` ? `z${block}` : name))];
        if (node[2][0] === `x${block}`) return [reading(node, (name) => name.replace('y', 'z'))];
        if (node[2][0] !== `y${block}`) return [node];
        return [
          node,
          ['MatMul', [`x${block}`, 'key'], [`q'${block}`]],
          ['MatMul', [`q'${block}`, `kT${block}`], [`s'${block}`]],
          ['Softmax', [`s'${block}`], [`p'${block}`]],
          ['MatMul', [`p'${block}`, `v${block}`], [`a'${block}`]],
          ['Add', [`y${block}`, `a'${block}`], [`z${block}`]],
        ];
      }),
    );
    const cut = cutModel(readGraph(model));
    expect(cut.inner.slice(0, 2).map(({ kind }) => kind)).toEqual(['self-attention', 'mlp']);
    expect(cut.modules[0]?.value).toEqual(['a0', "a'0"]);
    const runner = await onnxRunner({ model, plan: 'chain' });
    await runner.dispose();
  });

  test('of a last block are told apart, though its text ends with the attention', async () => {
    const axis = [{ name: 'axis', type: 2, i: 1n }];
    const block = (n: number): readonly Node[] => [
      ['Concat', [`c${n}`, `x${n}`], [`j${n}`], axis],
      ['MatMul', [`j${n}`, 'query'], [`q${n}`]],
      ['MatMul', [`j${n}`, 'key'], [`k${n}`]],
      ['Transpose', [`k${n}`], [`kT${n}`], [{ name: 'perm', type: 7, ints: [0n, 2n, 1n] }]],
      ['MatMul', [`q${n}`, `kT${n}`], [`s${n}`]],
      ['Softmax', [`s${n}`], [`p${n}`]],
      ['MatMul', [`p${n}`, `j${n}`], [`a${n}`]],
      ['Slice', [`a${n}`, 'two', 'end', 'one'], [`ax${n}`]],
      ['Slice', [`a${n}`, 'zero', 'two', 'one'], [`ac${n}`]],
      ['Add', [`x${n}`, `ax${n}`], [`y${n}`]],
      ['Add', [`c${n}`, `ac${n}`], [`d${n}`]],
      ['Concat', [`d${n}`, `y${n}`], [`l${n}`], axis],
      ['MatMul', [`l${n}`, 'up'], [`h${n}`]],
      ['Relu', [`h${n}`], [`r${n}`]],
      ['MatMul', [`r${n}`, 'down'], [`m${n}`]],
      ['Slice', [`m${n}`, 'two', 'end', 'one'], [`mx${n}`]],
      ['Slice', [`m${n}`, 'zero', 'two', 'one'], [`mc${n}`]],
      ['Add', [`y${n}`, `mx${n}`], [`x${n + 1}`]],
      ['Add', [`d${n}`, `mc${n}`], [`c${n + 1}`]],
    ];
    const { nodes, ...parts } = tinyTransformer(0);
    const model = makeModel({
      ...parts,
      inputs: [...parts.inputs, ['prompt', ['batch', 2, 4]]],
      nodes: [
        ...nodes.filter(([, , [output]]) => output !== 'prediction'),
        ['MatMul', ['prompt', 'value'], ['c0']],
        ...[0, 1, 2].flatMap(block),
        ['MatMul', ['x3', 'head'], ['prediction']],
      ],
      integers: { ...parts.integers, ...numbers, one: [1] },
    });
    const cut = cutModel(readGraph(model));
    expect(cut.inner.map(({ kind }) => kind)).toEqual([0, 1, 2].flatMap(() => ['self-attention', 'mlp']));
    expect(cut.modules.slice(-2).map(({ value }) => value)).toEqual([['ax2', 'ac2'], ['mx2']]);
    const runner = await onnxRunner({ model, plan: 'chain' });
    await runner.dispose();
  });
});

describe('operations are estimated', () => {
  const flops = (parts: GraphParts): readonly (number | null)[] =>
    inspectModel(readGraph(makeModel(parts)), { dimensions: { batch: 2 } }).families.flatMap(({ blocks }) =>
      blocks.map((block) => block.flops),
    );
  const expected = flops(tinyTransformer(3));

  test('of products that are written as sums over letters', () => {
    const equation = { name: 'equation', type: 3, s: new TextEncoder().encode('bij, jk -> bik') };
    const parts = changed(3, (node) =>
      node[1].includes('up') ? [['Einsum', node[1], node[2], [equation]]] : [node],
    );
    expect(expected).not.toContain(null);
    expect(flops(parts)).toEqual(expected);
  });

  test('behind sizes that are asked for at run time, turned around and repeated', () => {
    const parts = changed(3, (node, block) => {
      if (node[0] !== 'Relu') return [node];
      const body = (operator: string): ReturnType<typeof graphInit> =>
        graphInit({
          inputs: [],
          outputs: [[`t${operator}${block}`, []]],
          nodes: [[operator, [`o${block}`], [`t${operator}${block}`]]],
        });
      return [
        ['Shape', [`h${block}`], [`sizes${block}`]],
        ['Gather', [`sizes${block}`, 'zero'], [`batch${block}`]],
        ['Equal', [`batch${block}`, 'one'], [`single${block}`]],
        ['OneHot', ['zero', 'three', 'ones'], [`hot${block}`]],
        ['Transpose', [`hot${block}`], [`turned${block}`], [{ name: 'perm', type: 7, ints: [1n, 0n] }]],
        ['Reshape', [`turned${block}`, 'minus'], [`times${block}`]],
        ['Tile', [`h${block}`, `times${block}`], [`o${block}`]],
        [
          'If',
          [`single${block}`],
          [`r${block}`],
          [
            { name: 'then_branch', type: 5, g: body('Relu') },
            { name: 'else_branch', type: 5, g: body('Neg') },
          ],
        ],
      ];
    });
    const integers = { ...parts.integers, one: [1], ones: [1, 1], minus: [-1] };
    expect(flops({ ...parts, integers })).toEqual(expected);
  });
});
