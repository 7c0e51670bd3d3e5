import './seed.ts';
import fc from 'fast-check';
import { ssim as oracle } from 'ssim.js';
import { expect, test } from 'vitest';
import { gaussianNoise, ssim, video, type Video } from '../src/index.ts';

/** The video holds the 8-bit levels as float32; the oracle gets them as exact integers. */
const tolerance = 1e-6;

const toLevel = (value: number): number => Math.round((Math.min(Math.max(value, -1), 1) + 1) * 127.5);

/** A video with 8-bit values: smooth stripes with noise on top. */
function stripes(
  frames: number,
  height: number,
  width: number,
  period: number,
  noise: number,
  seed: number,
): Video {
  const size = { channels: 3, frames, height, width };
  const data = gaussianNoise(3 * frames * height * width, seed).map((value, index) => {
    const stripe = Math.sin(((index % width) + Math.floor(index / width)) / period);
    return toLevel(0.6 * stripe + noise * value) / 127.5 - 1;
  });
  return video(data, size);
}

/** One channel of one frame as gray 8-bit RGBA, which is what the other implementation reads. */
function gray({ data, height, width }: Video, plane: number) {
  const levels = data.subarray(plane * height * width, (plane + 1) * height * width);
  const rgba = Uint8ClampedArray.from({ length: 4 * levels.length }, (_, index) =>
    index % 4 === 3 ? 255 : toLevel(levels[Math.floor(index / 4)] ?? 0),
  );
  return { data: rgba, height, width };
}

function oracleSsim(a: Video, b: Video): number {
  const planes = Array.from({ length: a.channels * a.frames }, (_, plane) => plane);
  const options = { ssim: 'fast', downsample: false } as const;
  return (
    planes.reduce((sum, plane) => sum + oracle(gray(a, plane), gray(b, plane), options).mssim, 0) /
    planes.length
  );
}

test('agrees with ssim.js on every channel of 8-bit frames', () => {
  const side = fc.integer({ min: 11, max: 24 });
  const period = fc.double({ min: 0.5, max: 8, noNaN: true });
  const noise = fc.double({ min: 0, max: 1, noNaN: true });
  const seed = fc.nat();
  fc.assert(
    fc.property(side, side, period, period, noise, seed, (height, width, first, second, level, start) => {
      const a = stripes(2, height, width, first, level, start);
      const b = stripes(2, height, width, second, level / 2, start + 1);
      expect(Math.abs(ssim(a, b) - oracleSsim(a, b))).toBeLessThan(tolerance);
    }),
    { numRuns: 30 },
  );
});
