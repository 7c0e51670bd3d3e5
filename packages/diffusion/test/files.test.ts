import './seed.ts';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { frameDelays } from '../src/animation.ts';
import { encodeGif, encodePng, encodeWebp, gaussianNoise, video, type Video } from '../src/index.ts';
import { videos } from './arbitraries.ts';

const encoders = { gif: encodeGif, webp: encodeWebp };
const formats = ['gif', 'webp'] as const;

/** A gray clip with one level for each frame. */
function levels(...values: readonly number[]): Video {
  const [height, width] = [4, 6];
  const data = values.flatMap((level) => Array.from({ length: height * width }, () => level / 127.5 - 1));
  return video(Float32Array.from(data), { channels: 1, frames: values.length, height, width });
}

const noisy = (seed: number): Video =>
  video(gaussianNoise(3 * 5 * 8 * 12, seed), { channels: 3, frames: 5, height: 8, width: 12 });

const sum = (values: readonly number[] = []): number => values.reduce((total, value) => total + value, 0);

async function failure(encoding: Promise<unknown>): Promise<unknown> {
  return encoding.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

describe.each(formats)('an animated %s', (format) => {
  const encode = encoders[format];

  test('has the frames, size, speed and endless loop that were asked for', async () => {
    const bytes = await encode(noisy(1), { framesPerSecond: 10, scale: 3 });
    const metadata = await sharp(bytes, { animated: true }).metadata();
    expect(metadata).toMatchObject({ format, pages: 5, width: 36, pageHeight: 24, loop: 0 });
    expect(metadata.delay).toEqual([100, 100, 100, 100, 100]);
  });

  test('merges equal neighbours and keeps the whole duration', async () => {
    const bytes = await encode(levels(0, 0, 90, 90, 90, 255), { framesPerSecond: 8 });
    const { pages, delay } = await sharp(bytes, { animated: true }).metadata();
    expect(pages).toBe(3);
    expect(sum(delay)).toBe(750);
  });

  test('keeps frames apart that differ by one shade', async () => {
    const bytes = await encode(levels(100, 101, 102), { framesPerSecond: 10 });
    expect((await sharp(bytes, { animated: true }).metadata()).pages).toBe(3);
  });

  test('keeps the duration of any clip that moves', async () => {
    const level = fc.constantFrom(0, 60, 120, 255);
    const clips = fc
      .array(level, { minLength: 2, maxLength: 6 })
      .filter((values) => new Set(values).size > 1);
    await fc.assert(
      fc.asyncProperty(clips, fc.integer({ min: 1, max: 50 }), async (values, framesPerSecond) => {
        const bytes = await encode(levels(...values), { framesPerSecond });
        const { delay } = await sharp(bytes, { animated: true }).metadata();
        const milliseconds = (values.length * 1000) / framesPerSecond;
        expect(Math.abs(sum(delay) - milliseconds)).toBeLessThanOrEqual(format === 'gif' ? 5 : 0.5);
      }),
      { numRuns: 20 },
    );
  });

  test('of a still clip is a valid file with that picture', async () => {
    for (const clip of [levels(90, 90, 90), levels(90)]) {
      const bytes = await encode(clip, { scale: 2 });
      const { data, info } = await sharp(bytes, { animated: true })
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 12, height: 8 });
      expect(data[0]).toBe(90);
    }
  });

  test('refuses wrong options before it starts', async () => {
    for (const framesPerSecond of [0, -1, Number.NaN, 2000])
      expect(await failure(encode(levels(0), { framesPerSecond }))).toMatchObject({ code: 'OPTION_INVALID' });
    for (const scale of [0, 1.5, 65, Number.NaN])
      expect(await failure(encode(levels(0), { scale }))).toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('refuses latents', async () => {
    const latents = video(new Float32Array(4), { channels: 4, frames: 1, height: 1, width: 1 });
    expect(await failure(encode(latents))).toMatchObject({ code: 'VIDEO_INVALID' });
  });
});

test('a still GIF keeps the duration too', async () => {
  const bytes = await encodeGif(levels(90, 90, 90), { framesPerSecond: 5 });
  expect((await sharp(bytes, { animated: true }).metadata()).delay).toEqual([600]);
});

test('a WebP holds every pixel exactly, clamped and rounded to 8 bits', async () => {
  const clip = noisy(2);
  const { data } = await sharp(await encodeWebp(clip), { animated: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const plane = clip.height * clip.width;
  for (let index = 0; index < clip.data.length; index++) {
    const [channel, inFrame] = [Math.floor(index / (plane * clip.frames)), index % (plane * clip.frames)];
    const exact = (Math.min(Math.max(clip.data[index] ?? 0, -1), 1) + 1) * 127.5;
    expect(Math.abs((data[inFrame * 3 + channel] ?? -1) - exact)).toBeLessThanOrEqual(0.5);
  }
});

describe('a contact sheet', () => {
  test('has frames side by side and videos as rows', async () => {
    const options = { scale: 2, gap: 3 };
    const bytes = await encodePng([levels(0, 100), levels(255)], options);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    // Two frames of 12 pixels and three gaps of 3; two rows of 8 pixels and three gaps of 3.
    expect(info).toMatchObject({ format: 'raw', width: 33, height: 25, channels: 3 });
    const at = (x: number, y: number): number | undefined => data[(y * info.width + x) * 3];
    expect([at(3, 3), at(14, 10), at(18, 3), at(29, 10)]).toEqual([0, 0, 100, 100]);
    expect([at(3, 14), at(14, 21)]).toEqual([255, 255]);
    expect([at(0, 0), at(15, 3), at(18, 14), at(32, 24)]).toEqual([60, 60, 60, 60]);
  });

  test('shows every pixel of one video as a square of the scale', async () => {
    const scale = 3;
    await fc.assert(
      fc.asyncProperty(videos(1, 4), async ([clip]) => {
        if (clip === undefined) return;
        const bytes = await encodePng(clip, { scale, gap: 0 });
        const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
        const value = (x: number, y: number, channel: number): number => {
          const [frame, column] = [Math.floor(x / (clip.width * scale)), Math.floor(x / scale) % clip.width];
          const plane = (clip.channels === 3 ? channel : 0) * clip.frames + frame;
          return clip.data[(plane * clip.height + Math.floor(y / scale)) * clip.width + column] ?? Number.NaN;
        };
        for (let y = 0; y < info.height; y++)
          for (let x = 0; x < info.width; x++)
            for (const channel of [0, 1, 2])
              if (data[(y * info.width + x) * 3 + channel] !== Math.round((value(x, y, channel) + 1) * 127.5))
                throw new Error(`wrong pixel at ${x}, ${y}`);
      }),
      { numRuns: 20 },
    );
  });

  test('refuses no video, a wrong gap and a wrong scale', async () => {
    expect(await failure(encodePng([]))).toMatchObject({ code: 'VIDEO_INVALID' });
    expect(await failure(encodePng(levels(0), { gap: -1 }))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await failure(encodePng(levels(0), { scale: 0 }))).toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('frameDelays', () => {
  test('are multiples of the unit whose sum is the duration, rounded once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(1, 10),
        (frames, speed, unit) => {
          const delays = frameDelays(frames, speed, unit);
          expect(delays.length).toBe(frames);
          expect(delays.every((delay) => delay > 0 && delay % unit === 0)).toBe(true);
          expect(sum(delays)).toBe(Math.round((frames * 1000) / speed / unit) * unit);
        },
      ),
    );
  });
});

describe('without a working sharp', () => {
  afterEach(() => {
    vi.doUnmock('sharp');
    vi.resetModules();
  });

  test('says which package to install', async () => {
    vi.doMock('sharp', () => {
      throw new Error('Cannot find package');
    });
    for (const encode of [encodeGif, encodeWebp, encodePng]) {
      const error = await failure(encode(levels(0)));
      expect(error).toMatchObject({ code: 'DEPENDENCY_MISSING' });
      expect((error as Error).message).toContain('npm install sharp');
      expect((error as Error).cause).toBeInstanceOf(Error);
    }
  });

  test('passes on why a file could not be written', async () => {
    vi.doMock('sharp', () => ({
      default: () => ({ png: () => ({ toBuffer: () => Promise.reject(new Error('disk on fire')) }) }),
    }));
    const error = await failure(encodePng(levels(0)));
    expect(error).toMatchObject({ code: 'ENCODING_FAILED', cause: { message: 'disk on fire' } });
  });
});
