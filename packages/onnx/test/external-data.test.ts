import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutModel, loadGraph, onnxRunner, readGraph } from '../src/index.ts';
import { ModelProtoSchema } from '../src/graph/proto/onnx_pb.js';
import { rejectionOf, thrownBy } from './catch.ts';
import { layoutFile, readLayout } from './layout.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'refrain-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (): Uint8Array => readFileSync(layoutFile('dit-external.onnx'));
const model = (): string => {
  const path = join(folder, 'model.onnx');
  copyFileSync(layoutFile('dit-external.onnx'), path);
  return path;
};

/** The same model with another entry for its first weight. */
function changed(key: string, value: string): Uint8Array {
  const file = fromBinary(ModelProtoSchema, bytes());
  const weight = file.graph?.initializer.find(({ dataLocation }) => dataLocation === 1);
  for (const entry of weight?.externalData ?? []) if (entry.key === key) entry.value = value;
  return toBinary(ModelProtoSchema, file);
}

describe('weights in other files', () => {
  test('are noted, and not needed for planning', () => {
    const graph = readGraph(bytes());
    expect(graph.externalWeights.length).toBeGreaterThan(10);
    expect(graph.externalWeights[0]).toMatchObject({ location: 'dit-external.data', offset: 0 });
    expect(cutModel(graph).blocks.length).toBe(4);
  });

  test('may be given as bytes', async () => {
    const layout = readLayout('dit-external');
    const data = { 'dit-external.data': new Uint8Array(readFileSync(layoutFile('dit-external.data'))) };
    const runner = await onnxRunner({ model: bytes(), externalData: data });
    const fromFile = await onnxRunner({ model: layout.path });
    expect(await runner.plain(layout.input())).toEqual(await fromFile.plain(layout.input()));
    await Promise.all([runner.dispose(), fromFile.dispose()]);
    const error = await rejectionOf(onnxRunner({ model: bytes() }));
    expect(error.code).toBe('EXTERNAL_DATA');
    expect(error.message).toMatch(/"dit-external.data": give the path of the model/);
  });

  test('that are missing are named, with their file', async () => {
    const error = await rejectionOf(loadGraph(model()));
    expect(error.code).toBe('EXTERNAL_DATA');
    expect(error.message).toMatch(/"pos_embed" lies in "dit-external.data", which is missing/);
  });

  test('that are cut off are named', async () => {
    const path = model();
    copyFileSync(layoutFile('dit-external.data'), join(folder, 'dit-external.data'));
    truncateSync(join(folder, 'dit-external.data'), 5000);
    const error = await rejectionOf(loadGraph(path));
    expect(error.code).toBe('EXTERNAL_DATA');
    expect(error.message).toMatch(/has only 5000/);
  });

  test('behind a link out of the folder are refused', async () => {
    const path = model();
    symlinkSync(layoutFile('dit-external.data'), join(folder, 'dit-external.data'));
    expect((await rejectionOf(loadGraph(path))).message).toMatch(/a link out of the model's folder/);
  });

  test.each([
    ['location', '../secret.data'],
    ['location', 'weights/../../secret.data'],
    ['location', '/etc/hostname'],
    ['location', 'C:\\weights.data'],
    ['location', '..\\weights.data'],
    ['location', ''],
    ['offset', '-1'],
    ['length', 'many'],
  ])('with the %s "%s" are refused', (key, value) => {
    const error = thrownBy(() => readGraph(changed(key, value)));
    expect(error.code).toBe('EXTERNAL_DATA');
    expect(error.message).toContain('"pos_embed"');
  });

  test('of a model that is not there', async () => {
    const error = await rejectionOf(loadGraph(join(folder, 'nothing.onnx')));
    expect(error.code).toBe('MODEL_UNREADABLE');
    writeFileSync(join(folder, 'empty.onnx'), '');
    expect((await rejectionOf(loadGraph(join(folder, 'empty.onnx')))).message).toMatch(/no graph/);
  });
});
