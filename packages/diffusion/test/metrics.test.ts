import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  framePsnr,
  maxAbsDifference,
  psnr,
  ssim,
  temporalDifference,
  temporalDifferenceError,
  video,
  type Video,
} from '../src/index.ts';
import { codeOf, videos } from './arbitraries.ts';

const line = (...values: number[]): Video =>
  video(Float32Array.from(values), { channels: 1, frames: values.length, height: 1, width: 1 });
const changed = (source: Video, change: (value: number, index: number) => number): Video => ({
  ...source,
  data: source.data.map(change),
});
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const pair = (property: (a: Video, b: Video) => void): void =>
  fc.assert(fc.property(videos(2), ([a, b]) => a !== undefined && b !== undefined && property(a, b)));

describe('video', () => {
  test('keeps data and sizes', () => {
    const data = new Float32Array(24);
    expect(video(data, { channels: 3, frames: 2, height: 2, width: 2 }).data).toBe(data);
  });

  test.each([
    { channels: 0, frames: 1, height: 1, width: 1 },
    { channels: 1, frames: 1.5, height: 1, width: 1 },
    { channels: 1, frames: 1, height: Number.NaN, width: 1 },
    { channels: 1, frames: 1, height: 1, width: 2 },
  ])('refuses %o for one value', (dimensions) => {
    expect(codeOf(() => video(new Float32Array(1), dimensions))).toBe('VIDEO_INVALID');
  });
});

describe('psnr', () => {
  test('gives the value computed by hand', () => {
    // Mean squared error 0.25, peak 2: 10 log10(4 / 0.25) = 20 log10(4).
    expect(psnr(line(0, 0), line(0.5, -0.5))).toBeCloseTo(20 * Math.log10(4), 12);
    // The largest possible error: 0 decibels.
    expect(psnr(line(1), line(-1))).toBe(0);
  });

  test('is symmetric, infinite exactly for equal videos, and NaN for a broken one', () => {
    pair((a, b) => {
      expect(psnr(a, b)).toBe(psnr(b, a));
      expect(psnr(a, b) === Number.POSITIVE_INFINITY).toBe(maxAbsDifference(a, b) === 0);
      expect(
        psnr(
          a,
          changed(b, () => Number.NaN),
        ),
      ).toBeNaN();
    });
  });

  test('of single frames agrees with the whole: mean squared errors average', () => {
    pair((a, b) => {
      const errors = framePsnr(a, b).map((value) => 4 / 10 ** (value / 10));
      expect(errors.length).toBe(a.frames);
      expect(mean(errors)).toBeCloseTo(4 / 10 ** (psnr(a, b) / 10), 12);
    });
  });

  test('of single frames finds the frame that differs, in every channel order', () => {
    const size = { channels: 2, frames: 3, height: 1, width: 1 };
    const a = video(new Float32Array(6), size);
    const b = video(new Float32Array([0, 1, 0, 0, 0, 0]), size);
    expect(framePsnr(a, b)).toEqual([Number.POSITIVE_INFINITY, 10 * Math.log10(8), Number.POSITIVE_INFINITY]);
  });
});

describe('maxAbsDifference', () => {
  test('is the largest change', () => {
    expect(maxAbsDifference(line(0, 1, -1), line(0.25, 1, -0.5))).toBe(0.5);
  });

  test('does not call a video with NaN equal', () => {
    expect(maxAbsDifference(line(0, 1), line(0, Number.NaN))).toBeNaN();
  });
});

describe('ssim', () => {
  test('is 1 for equal videos, symmetric, and within [-1, 1]', () => {
    pair((a, b) => {
      expect(ssim(a, a)).toBeCloseTo(1, 12);
      expect(ssim(a, b)).toBeCloseTo(ssim(b, a), 12);
      expect(Math.abs(ssim(a, b))).toBeLessThanOrEqual(1 + 1e-12);
    });
  });

  test('of a single pixel is the luminance term', () => {
    // Moved to [0, 1]: x = 0.5, y = 1; (2xy + C) / (x² + y² + C) with C = 1e-4.
    expect(ssim(line(0), line(1))).toBeCloseTo((1 + 1e-4) / (1.25 + 1e-4), 12);
  });

  test('is NaN for a broken video', () => {
    expect(ssim(line(0), line(Number.NaN))).toBeNaN();
  });
});

describe('temporalDifference', () => {
  test('is the mean absolute change between neighbouring frames', () => {
    expect(temporalDifference(line(0, 0.5, -0.5))).toEqual([0.5, 1]);
    expect(temporalDifference(line(0))).toEqual([]);
  });

  test('does not notice a constant shift of brightness; the error between videos neither', () => {
    pair((a) => {
      const brighter = changed(a, (value) => value + 2);
      temporalDifferenceError(a, brighter).forEach((value) => expect(value).toBeCloseTo(0, 6));
    });
  });

  test('between two videos is 0 for equal ones, symmetric, and at most the sum of both', () => {
    pair((a, b) => {
      expect(temporalDifferenceError(a, a).every((value) => value === 0)).toBe(true);
      expect(temporalDifferenceError(a, b)).toEqual(temporalDifferenceError(b, a));
      const [ofA, ofB] = [temporalDifference(a), temporalDifference(b)];
      temporalDifferenceError(a, b).forEach((value, frame) =>
        expect(value).toBeLessThanOrEqual((ofA[frame] ?? 0) + (ofB[frame] ?? 0) + 1e-6),
      );
    });
  });
});

test('every comparison refuses videos of two sizes, even with the same number of values', () => {
  const wide = video(new Float32Array(4), { channels: 1, frames: 1, height: 1, width: 4 });
  const high = video(new Float32Array(4), { channels: 1, frames: 1, height: 4, width: 1 });
  for (const compare of [psnr, framePsnr, ssim, maxAbsDifference, temporalDifferenceError])
    expect(codeOf(() => compare(wide, high))).toBe('VIDEO_MISMATCH');
});
