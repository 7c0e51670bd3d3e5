/** How a kind of number lies in a tensor, little-endian. */
interface ElementType {
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

/** Kinds of numbers that a tensor of a recording may hold, by their names in safetensors. */
const elementTypes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ['F64', { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) }],
  ['F32', { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) }],
  ['F16', { bytes: 2, read: (view, offset) => halfOf(view.getUint16(offset, true)) }],
  ['BF16', { bytes: 2, read: (view, offset) => brainHalfOf(view.getUint16(offset, true)) }],
]);

/** The names of the kinds that can be read. */
export const elementTypeNames: readonly string[] = [...elementTypes.keys()];

/** Finds a kind by its name; undefined for kinds that are no floating-point numbers, and unknown ones. */
export function elementTypeOf(name: string): ElementType | undefined {
  return elementTypes.get(name);
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
function brainHalfOf(bits: number): number {
  word.setUint32(0, bits * 0x10000);
  return word.getFloat32(0);
}
