import fc from 'fast-check';
import { video, type Video } from '../src/index.ts';

/** The code of the error that a call throws, or `no error`. */
export function codeOf(call: () => unknown): unknown {
  try {
    call();
    return 'no error';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

/** Pixel values that are exact in 8 bits. */
const pixels: fc.Arbitrary<number> = fc.integer({ min: 0, max: 255 }).map((level) => level / 127.5 - 1);

/** A list of `count` videos of one small size. */
export function videos(count: number, frameSize = 6): fc.Arbitrary<Video[]> {
  const size = fc.integer({ min: 1, max: frameSize });
  return fc
    .record({
      channels: fc.constantFrom(1, 3),
      frames: fc.integer({ min: 1, max: 4 }),
      height: size,
      width: size,
    })
    .chain((dimensions) => {
      const length = dimensions.channels * dimensions.frames * dimensions.height * dimensions.width;
      const data = fc.array(pixels, { minLength: length, maxLength: length });
      return fc
        .array(data, { minLength: count, maxLength: count })
        .map((all) => all.map((values) => video(Float32Array.from(values), dimensions)));
    });
}

/** Finite float32 values of moderate size. */
export const tensors = (length: number): fc.Arbitrary<Float32Array> =>
  fc.float32Array({ min: -4, max: 4, noNaN: true, minLength: length, maxLength: length });
