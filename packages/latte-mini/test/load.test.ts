import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { packagedChecksums } from '../src/checksums.ts';
import {
  loadConfig,
  loadLatteMini,
  loadModelFile,
  loadReference,
  loadTextEncoder,
  loadTokenizer,
  loadTransformer,
  modelFileNames,
} from '../src/index.ts';

const root = new URL('../', import.meta.url);

async function namesIn(folder: string, prefix: string): Promise<string[]> {
  const names = await readdir(new URL(folder, root));
  return names.filter((name) => name !== 'checksums.json').map((name) => `${prefix}${name}`);
}

describe('the manifest', () => {
  test('names exactly the packaged files', async () => {
    const files = [...(await namesIn('model/', '')), ...(await namesIn('reference/', 'reference/'))];
    expect(Object.keys(packagedChecksums)).toEqual(files.toSorted());
    expect(modelFileNames.toSorted()).toEqual(files.toSorted());
  });

  test('holds the checksum of every file, by another implementation of SHA-256', async () => {
    for (const [name, checksum] of Object.entries(packagedChecksums)) {
      const path = name.startsWith('reference/') ? name : `model/${name}`;
      const bytes = await readFile(new URL(path, root));
      expect(createHash('sha256').update(bytes).digest('hex'), name).toBe(checksum);
    }
  });

  test('is what the committed script writes', async () => {
    const script = fileURLToPath(new URL('scripts/checksums.mjs', root));
    await expect(promisify(execFile)(execPath, [script, '--check'])).resolves.toBeDefined();
  });
});

describe('loading the packaged model', () => {
  test('verifies every file', async () => {
    for (const name of modelFileNames) {
      const file = await loadModelFile(name);
      expect(file).toMatchObject({ name, verification: 'verified' });
      expect(file.bytes.length).toBeGreaterThan(0);
    }
  });

  test('says so when verification was switched off', async () => {
    expect((await loadLatteMini({ verify: false })).verification).toBe('skipped');
  });

  test('gives config, tokenizer and graphs in one call', async () => {
    const model = await loadLatteMini();
    expect(model.verification).toBe('verified');
    expect(model.config).toEqual(await loadConfig());
    expect(model.tokenizer).toEqual(await loadTokenizer());
    // Compared as buffers: element by element takes the test runner most of a minute.
    expect(Buffer.compare(model.transformer.bytes, (await loadTransformer()).bytes)).toBe(0);
    expect(Buffer.compare(model.textEncoder.bytes, (await loadTextEncoder()).bytes)).toBe(0);
  });

  test('names every block output inside the graph', async () => {
    const { config, transformer } = await loadLatteMini();
    const graph = Buffer.from(transformer.bytes);
    for (const name of config.blockOutputs) expect(graph.includes(name), name).toBe(true);
  });
});

describe('the reference vectors', () => {
  test('have the sizes that config and run imply', async () => {
    const [reference, config, tokenizer] = await Promise.all([
      loadReference(),
      loadConfig(),
      loadTokenizer(),
    ]);
    const prompts = reference.prompts.length;
    const recorded = reference.recordedSteps.length;
    const clip = [config.inputChannels, config.frames, config.sampleSize, config.sampleSize];
    expect(reference.inputIds.shape).toEqual([prompts, tokenizer.length]);
    expect(reference.encoderHiddenStates.shape).toEqual([prompts, tokenizer.length, config.captionSize]);
    expect(reference.encoderHiddenStatesNull.shape).toEqual([1, tokenizer.length, config.captionSize]);
    expect(reference.times.shape).toEqual([reference.steps + 1]);
    expect(reference.timestep.shape).toEqual([recorded]);
    for (const array of [reference.noise, reference.video]) expect(array.shape).toEqual([prompts, ...clip]);
    for (const array of [reference.hiddenStates, reference.sampleCaption, reference.sampleNull])
      expect(array.shape).toEqual([recorded, prompts, ...clip]);
  });

  test('hold as many elements as their shapes say, all of them finite', async () => {
    const reference = await loadReference();
    const { inputIds, encoderHiddenStates, encoderHiddenStatesNull, noise, times, timestep } = reference;
    const { hiddenStates, sampleCaption, sampleNull, video } = reference;
    const captions = [inputIds, encoderHiddenStates, encoderHiddenStatesNull];
    for (const { shape, data } of [
      ...captions,
      noise,
      times,
      timestep,
      hiddenStates,
      sampleCaption,
      sampleNull,
      video,
    ]) {
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      expect(Array.from<number | bigint, number>(data, Number).every(Number.isFinite)).toBe(true);
    }
  });

  test('agree with each other: the recorded timestep is that of the recorded time', async () => {
    const { recordedSteps, times, timestep } = await loadReference();
    const expected = recordedSteps.map((step) => Math.fround(1000 * (times.data[step] ?? Number.NaN)));
    expect(Array.from(timestep.data)).toEqual(expected);
  });
});
