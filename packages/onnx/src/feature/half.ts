/**
 * Numbers of half precision (IEEE 754 binary16), which JavaScript has no array for on every supported version of Node:
 * they travel as their bits.
 */

const scratch = new DataView(new ArrayBuffer(4));

/** Every half as a float32; 256 KiB, made on first use. */
let table: Float32Array | undefined;

/**
 * Widens halves. Exact: every half is a float32.
 *
 * @param bits - one half each
 * @returns a new array
 */
export function halvesToFloats(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => widened(half));
  const floats = new Float32Array(bits.length);
  for (let at = 0; at < bits.length; at++) floats[at] = table[bits[at] as number] as number;
  return floats;
}

/**
 * Rounds floats to halves, to the nearest and ties to even. What is too large becomes infinite.
 *
 * @param floats - any numbers
 * @returns a new array of bits
 */
export function floatsToHalves(floats: Float32Array): Uint16Array {
  const bits = new Uint16Array(floats.length);
  for (let at = 0; at < floats.length; at++) bits[at] = narrowed(floats[at] as number);
  return bits;
}

function widened(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function narrowed(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below the smallest normal half, the spacing is 2⁻²⁴ throughout.
  if (magnitude < 0x38800000) return sign | roundedToEven(Math.abs(value) * 2 ** 24);
  return sign | ((magnitude + 0x0fff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

function roundedToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
