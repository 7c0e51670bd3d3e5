import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { requireInteger } from './requirements.ts';

/** Largest seed: the generator takes 32 bits. */
const largestSeed = 2 ** 32 - 1;

/** Outputs thrown away at the start, until few bits of the seed have spread over the whole state. */
const discarded = 16;

/**
 * Gaussian noise of mean 0 and variance 1, the same for the same seed on every machine.
 *
 * @param length - number of values; a longer noise starts with the shorter one of the same seed.
 * @param seed - an integer from 0 to 4294967295.
 * @returns float32 values.
 * @throws DiffusionError `OPTION_INVALID` for a length that is not a whole number, or a seed out of range.
 *
 * @remarks xoroshiro128+ (Blackman and Vigna, 2018) and the Box–Muller transform. The values differ from those of NumPy and PyTorch for
 * the same seed: to repeat a run of theirs, pass their noise.
 *
 * @example
 * ```ts
 * import { gaussianNoise } from '@refrain/diffusion';
 *
 * const noise = gaussianNoise(3 * 8 * 32 * 32, 7);
 * console.log(noise.length, noise[0] === gaussianNoise(1, 7)[0]); // 24576 true
 * ```
 */
export function gaussianNoise(length: number, seed: number): Float32Array<ArrayBuffer> {
  requireInteger('length', length, 0, Number.MAX_SAFE_INTEGER);
  requireInteger('seed', seed, 0, largestSeed);
  const generator = xoroshiro128plus(mixed(seed));
  for (let count = 0; count < discarded; count++) generator.next();
  const noise = new Float32Array(length);
  for (let index = 0; index < length; index += 2) {
    // 1 - u lies in (0, 1]: the logarithm of 0 never occurs.
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    const angle = 2 * Math.PI * uniformFloat64(generator);
    noise[index] = radius * Math.cos(angle);
    // Beyond the end of an odd length the write has no effect.
    noise[index + 1] = radius * Math.sin(angle);
  }
  return noise;
}

/**
 * Spreads the bits of a seed, one to one: the generator starts from the plain bits, so that neighbouring seeds, which
 * are the ones people use, would begin with values that resemble each other.
 *
 * @remarks The finalizer of MurmurHash3 (Appleby).
 */
function mixed(seed: number): number {
  const first = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return second ^ (second >>> 16);
}
