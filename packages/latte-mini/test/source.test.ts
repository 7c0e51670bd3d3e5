import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  loadConfig,
  loadLatteMini,
  loadModelFile,
  loadReference,
  loadTextEncoder,
  ModelFileCorruptError,
  ModelFileError,
  ModelFileInvalidError,
} from '../src/index.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latte-mini '));
  await cp(join(root, 'model'), folder, { recursive: true });
  await cp(join(root, 'reference'), join(folder, 'reference'), { recursive: true });
});

afterEach(() => rm(folder, { recursive: true }));

async function failure(loading: Promise<unknown>): Promise<unknown> {
  return loading.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

describe('another model folder', () => {
  test('can be named by path, by path with a slash, by URL text and by URL', async () => {
    for (const from of [folder, `${folder}/`, pathToFileURL(folder).href, pathToFileURL(folder)]) {
      const file = await loadTextEncoder({ from });
      expect(file).toMatchObject({
        verification: 'verified',
        url: pathToFileURL(join(folder, file.name)).href,
      });
    }
  });

  test('loads without a manifest, and says that nothing was verified', async () => {
    await rm(join(folder, 'checksums.json'));
    expect((await loadLatteMini({ from: folder })).verification).toBe('no-checksum');
    expect((await loadReference({ from: folder })).prompts.length).toBeGreaterThan(0);
  });

  test('counts as unverified when its manifest has a gap', async () => {
    const manifest = { algorithm: 'sha256', files: {} };
    await writeFile(join(folder, 'checksums.json'), JSON.stringify(manifest));
    expect((await loadTextEncoder({ from: folder })).verification).toBe('no-checksum');
  });

  test('is verified again after the script wrote its manifest', async () => {
    await writeFile(join(folder, 'text_encoder.onnx'), 'another model');
    await promisify(execFile)(execPath, [join(root, 'scripts/checksums.mjs'), folder]);
    expect((await loadTextEncoder({ from: folder })).verification).toBe('verified');
    expect((await loadReference({ from: folder })).steps).toBeGreaterThan(1);
  });

  test('is refused when its manifest is not one', async () => {
    await writeFile(join(folder, 'checksums.json'), '{"algorithm":"md5","files":{}}');
    const error = await failure(loadTextEncoder({ from: folder }));
    expect(error).toBeInstanceOf(ModelFileInvalidError);
    await expect(loadTextEncoder({ from: folder, verify: false })).resolves.toMatchObject({
      verification: 'skipped',
    });
  });
});

describe('a damaged model folder', () => {
  test('with a missing file names the file, the place and the remedy', async () => {
    await rm(join(folder, 'transformer.onnx'));
    const error = await failure(loadLatteMini({ from: folder }));
    expect(error).toBeInstanceOf(ModelFileError);
    const url = pathToFileURL(join(folder, 'transformer.onnx')).href;
    expect(error).toMatchObject({ code: 'MODEL_FILE_MISSING', file: 'transformer.onnx', url });
    const { message, cause } = error as ModelFileError;
    expect(message).toContain(`[latte-mini] transformer.onnx is missing: nothing at ${url}. Reinstall`);
    expect(cause).toMatchObject({ code: 'ENOENT' });
  });

  test('that does not exist at all is missing too', async () => {
    const error = await failure(loadLatteMini({ from: join(folder, 'nowhere') }));
    expect(error).toMatchObject({ code: 'MODEL_FILE_MISSING' });
  });

  test('with a changed byte gives both checksums', async () => {
    const path = join(folder, 'transformer.onnx');
    const bytes = await readFile(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const error = await failure(loadLatteMini({ from: folder }));
    expect(error).toBeInstanceOf(ModelFileCorruptError);
    const { code, file, message, expected, actual } = error as ModelFileCorruptError;
    expect({ code, file }).toEqual({ code: 'MODEL_FILE_CORRUPT', file: 'transformer.onnx' });
    expect(expected).not.toBe(actual);
    expect(message).toContain(`expected SHA-256 ${expected}, got ${actual}`);
    expect((await loadLatteMini({ from: folder, verify: false })).transformer.bytes[middle]).toBe(
      bytes[middle],
    );
  });

  test('with a cut reference vector is corrupt, and truncated when unverified', async () => {
    const path = join(folder, 'reference/video.npy');
    await writeFile(path, (await readFile(path)).subarray(0, 1000));
    expect(await failure(loadReference({ from: folder }))).toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    expect(await failure(loadReference({ from: folder, verify: false }))).toMatchObject({
      code: 'NPY_TRUNCATED',
    });
  });

  test('with integers where floats belong is refused', async () => {
    await cp(join(folder, 'reference/input_ids.npy'), join(folder, 'reference/noise.npy'));
    const error = await failure(loadReference({ from: folder, verify: false }));
    expect(error).toMatchObject({ code: 'NPY_UNSUPPORTED' });
  });

  test('with a config that is not JSON is invalid', async () => {
    await writeFile(join(folder, 'config.json'), '{"num_layers": ');
    const error = await failure(loadConfig({ from: folder, verify: false }));
    expect(error).toBeInstanceOf(ModelFileInvalidError);
    expect((error as Error).cause).toBeInstanceOf(SyntaxError);
  });

  test('with a folder in place of a file is unreadable', async () => {
    await rm(join(folder, 'config.json'));
    await cp(join(root, 'test'), join(folder, 'config.json'), { recursive: true });
    expect(await failure(loadConfig({ from: folder }))).toMatchObject({ code: 'MODEL_FILE_UNREADABLE' });
  });
});

describe('a model folder on a server', () => {
  test('is fetched; absent files are missing, failing ones unreadable', async () => {
    const server = createServer((request, response) => {
      const name = request.url?.split('/').at(-1) ?? '';
      if (name === 'tokenizer.json') return response.writeHead(500).end();
      readFile(join(folder, name)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
      return undefined;
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const from = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/models`;
    try {
      expect((await loadTextEncoder({ from })).verification).toBe('verified');
      await rm(join(folder, 'config.json'));
      expect(await failure(loadConfig({ from }))).toMatchObject({
        code: 'MODEL_FILE_MISSING',
        url: `${from}/config.json`,
      });
      expect(await failure(loadLatteMini({ from }))).toMatchObject({ name: 'ModelFileError' });
      expect(await failure(loadModelFile('tokenizer.json', { from }))).toMatchObject({
        code: 'MODEL_FILE_UNREADABLE',
      });
    } finally {
      server.close();
    }
    expect(await failure(loadTextEncoder({ from }))).toMatchObject({ code: 'MODEL_FILE_UNREADABLE' });
  });
});
