import { loadConfig, loadReference, loadTokenizer } from '@refrain/latte-mini';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createWordTokenizer,
  flowMatchingEuler,
  flowMatchingSchedule,
  guide,
  maxAbsDifference,
  psnr,
  video,
  type Video,
} from '../src/index.ts';
import { openPlainModel, type PlainModel } from './pipeline.ts';

/** Largest difference allowed for one call, and for a guided run in which differences add up. */
const callTolerance = 1e-4;
const runTolerance = 1e-2;

const [config, reference, vocabulary] = await Promise.all([loadConfig(), loadReference(), loadTokenizer()]);
const tokenizer = createWordTokenizer(vocabulary);
const clipSize = config.inputChannels * config.frames * config.sampleSize ** 2;

const part = (data: Float32Array, index: number, size: number): Float32Array =>
  data.slice(index * size, (index + 1) * size);
const clip = (data: Float32Array): Video =>
  video(data, {
    channels: config.inputChannels,
    frames: config.frames,
    height: config.sampleSize,
    width: config.sampleSize,
  });
const difference = (a: Float32Array, b: Float32Array): number =>
  a.length === b.length
    ? a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? Number.NaN))), 0)
    : Number.NaN;

let model: PlainModel;
beforeAll(async () => {
  model = await openPlainModel();
});
afterAll(() => model.release());

describe('against the reference vectors', () => {
  test('the tokenizer gives the recorded token ids', () => {
    const ids = reference.prompts.flatMap((prompt) => Array.from(tokenizer.encode(prompt)));
    expect(ids).toEqual(Array.from(reference.inputIds.data));
  });

  test('the schedule gives the recorded times and timesteps, bit for bit', () => {
    const { times, timesteps } = flowMatchingSchedule({ steps: reference.steps, shift: reference.shift });
    expect(times).toEqual(Array.from(reference.times.data));
    expect(reference.recordedSteps.map((step) => timesteps[step])).toEqual(
      Array.from(reference.timestep.data),
    );
  });

  test('the text encoder gives the recorded embeddings', async () => {
    const size = vocabulary.length * config.captionSize;
    const prompts = [
      ...reference.prompts.map((prompt) => tokenizer.encode(prompt)),
      tokenizer.unconditional(),
    ];
    const recorded = new Float32Array([
      ...reference.encoderHiddenStates.data,
      ...reference.encoderHiddenStatesNull.data,
    ]);
    const differences = await Promise.all(
      prompts.map(async (tokens, index) =>
        difference(await model.encode(tokens), part(recorded, index, size)),
      ),
    );
    console.info(`text encoder: max difference ${Math.max(...differences).toExponential(2)}`);
    for (const value of differences) expect(value).toBeLessThan(callTolerance);
  });

  test('one call of the transformer gives the recorded output, at every step, prompt and branch', async () => {
    const unconditional = await model.encode(tokenizer.unconditional());
    for (const [row, step] of reference.recordedSteps.entries())
      for (const [column, prompt] of reference.prompts.entries()) {
        const index = row * reference.prompts.length + column;
        const sample = part(reference.hiddenStates.data, index, clipSize);
        const timestep = reference.timestep.data[row] ?? Number.NaN;
        const caption = await model.encode(tokenizer.encode(prompt));
        const withCaption = await model.predict(sample, timestep, caption);
        const without = await model.predict(sample, timestep, unconditional);
        const [captionError, nullError] = [
          difference(withCaption, part(reference.sampleCaption.data, index, clipSize)),
          difference(without, part(reference.sampleNull.data, index, clipSize)),
        ];
        console.info(
          `step ${step}, "${prompt}": max difference with caption ${captionError.toExponential(2)}, without ${nullError.toExponential(2)}`,
        );
        expect(captionError).toBeLessThan(callTolerance);
        expect(nullError).toBeLessThan(callTolerance);
      }
  });

  test.each(reference.prompts.map((prompt, index) => ({ prompt, index })))(
    'the guided run gives the recorded video: $prompt',
    async ({ prompt, index }) => {
      const sampler = flowMatchingEuler({ steps: reference.steps, shift: reference.shift });
      const caption = await model.encode(tokenizer.encode(prompt));
      const without = await model.encode(tokenizer.unconditional());
      let sample = part(reference.noise.data, index, clipSize);
      for (const [step, timestep] of sampler.timesteps.entries()) {
        const conditional = await model.predict(sample, timestep, caption);
        const unconditional = await model.predict(sample, timestep, without);
        sample = sampler.step(sample, guide(unconditional, conditional, reference.guidanceScale), step);
      }
      const [made, recorded] = [clip(sample), clip(part(reference.video.data, index, clipSize))];
      const largest = maxAbsDifference(made, recorded);
      console.info(
        `"${prompt}": video max difference ${largest.toExponential(2)}, PSNR ${psnr(made, recorded).toFixed(1)} dB`,
      );
      expect(largest).toBeLessThan(runTolerance);
    },
  );
});
