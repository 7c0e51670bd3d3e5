import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { extract, readGraph } from '../src/index.ts';
import { ModelProtoSchema, OperatorSetIdProtoSchema } from '../src/graph/proto/onnx_pb.js';
import { tinyModel } from './make-model.ts';

const partOf = (bytes: Uint8Array, given: string, wanted: string): Uint8Array =>
  extract(readGraph(bytes), { given: new Map([[given, 1]]), wanted: [wanted] });

describe('extract', () => {
  test('keeps what is needed and nothing else', () => {
    const part = readGraph(partOf(tinyModel(3), 'y1', 'r1'));
    expect(part.nodes.map(({ operator }) => operator)).toEqual(['MatMul', 'Relu']);
    expect([...part.initializers.keys()]).toEqual(['up']);
    expect(part.inputs.map(({ name }) => name)).toEqual(['y1']);
    expect(part.outputs.map(({ name }) => name)).toEqual(['r1']);
  });

  test('asks for inputs of the model where it needs them', () => {
    const part = readGraph(partOf(tinyModel(3), 'y1', 'x2'));
    expect(part.inputs.map(({ name }) => name)).toEqual(['y1', 'timestep']);
  });

  test('leaves out given tensors that are not needed', () => {
    const part = readGraph(partOf(tinyModel(3), 'y0', 'gate'));
    expect(part.inputs.map(({ name }) => name)).toEqual(['timestep']);
  });

  test('keeps operator sets, metadata and fields that this package does not know', () => {
    const file = fromBinary(ModelProtoSchema, tinyModel(2));
    file.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n }));
    const unknown = [{ no: 77, wireType: 2, data: Uint8Array.of(3, 1, 2, 3) }];
    file.$unknown = unknown;
    const [first] = file.graph?.node ?? [];
    if (first) first.$unknown = unknown;
    const part = fromBinary(ModelProtoSchema, partOf(toBinary(ModelProtoSchema, file), 'none', 'prediction'));
    expect(part.opsetImport.map(({ domain }) => domain)).toEqual(['', 'com.microsoft']);
    expect(part.$unknown).toEqual(unknown);
    expect(part.graph?.node[0]?.$unknown).toEqual(unknown);
  });

  test('samples inside the graph', () => {
    const graph = readGraph(tinyModel(2));
    const samples = [{ source: 'x1', stride: 5 }];
    const part = readGraph(extract(graph, { given: new Map([['x0', 1]]), wanted: [], samples }));
    expect(part.nodes.slice(-2).map(({ operator }) => operator)).toEqual(['Reshape', 'Slice']);
    expect(part.outputs.length).toBe(1);
  });

  test('gives the whole model when nothing is given', () => {
    const bytes = tinyModel(2);
    const graph = readGraph(bytes);
    const whole = readGraph(extract(graph, { given: new Map(), wanted: ['prediction'] }));
    expect(whole.nodes.map(({ proto }) => proto)).toEqual(graph.nodes.map(({ proto }) => proto));
    expect(whole.inputs).toEqual(graph.inputs);
    expect(whole.outputs).toEqual(graph.outputs);
  });
});
