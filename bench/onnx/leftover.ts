import { cutModel, readGraph, type OnnxInput } from '@refrain/onnx';
import { extract } from '../../packages/onnx/src/graph/extract.ts';
import { runtimeInputs } from '../../packages/onnx/src/input.ts';
import { loadRuntime } from '../../packages/onnx/src/runtime.ts';

const ort = await loadRuntime();

type Session = Awaited<ReturnType<typeof ort.InferenceSession.create>>;
type Tensors = Awaited<ReturnType<Session['run']>>;

/** What a step still has to run that takes its blocks from the cache. */
export interface Leftover {
  run(input: OnnxInput): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Everything but the skipped blocks in one session: from the inputs through the first blocks, and from the end of the last block
 * to the output, with the stream there given. Nothing can compute less for such a step; what comes on top of it is the price of
 * caching.
 *
 * @param model - an ONNX file
 * @param blocks - how many blocks at the front are computed in every step
 */
export async function openLeftover(model: Uint8Array, blocks: number): Promise<Leftover> {
  const graph = readGraph(model);
  const cut = cutModel(graph);
  const [front, end] = [cut.positions[cut.blocks[blocks]?.from ?? 0] ?? [], cut.positions.at(-1) ?? []];
  const given = new Map(end.map((name) => [name, cut.types.get(name) ?? 1]));
  // A few numbers of the front are asked for, without which it would not be computed.
  const samples = front.map((source) => ({ source, stride: 4096 }));
  const session = await sessionOf(extract(cut.graph, { given, wanted: [cut.output], samples }));
  let cached: Tensors | undefined;
  return {
    run: async (input) => {
      const inputs = Object.fromEntries(runtimeInputs(ort, graph.inputs, input));
      cached ??= await runOnce(extract(cut.graph, { given: new Map(), wanted: end }), inputs);
      await session.run({ ...inputs, ...cached });
    },
    dispose: () => session.release(),
  };
}

function sessionOf(file: Uint8Array): Promise<Session> {
  return ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

async function runOnce(file: Uint8Array, inputs: Parameters<Session['run']>[0]): Promise<Tensors> {
  const session = await sessionOf(file);
  const outputs = await session.run(inputs);
  await session.release();
  return outputs;
}
