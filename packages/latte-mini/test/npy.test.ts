import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NpyError, parseNpy } from '../src/index.ts';
import { writeNpy } from './npy-writer.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const versions = fc.constantFrom(1 as const, 2 as const, 3 as const);

const floatArrays = shapes.chain((shape) =>
  fc.float32Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((data) => ({ shape, data })),
);
const integerArrays = shapes.chain((shape) =>
  fc.bigInt64Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((data) => ({ shape, data })),
);

const codeOf = (read: () => unknown): unknown => {
  try {
    read();
    return 'no error';
  } catch (error) {
    return error instanceof NpyError ? error.code : error;
  }
};

describe('parseNpy', () => {
  test('gives back every float array that was written, bit for bit', () => {
    fc.assert(
      fc.property(floatArrays, versions, ({ shape, data }, version) => {
        expect(parseNpy(writeNpy(shape, data, { version }))).toEqual({ type: 'float32', shape, data });
      }),
    );
  });

  test('gives back every 64-bit integer array that was written', () => {
    fc.assert(
      fc.property(integerArrays, versions, ({ shape, data }, version) => {
        expect(parseNpy(writeNpy(shape, data, { version }))).toEqual({ type: 'int64', shape, data });
      }),
    );
  });

  test('reads from a view at any offset of a larger buffer', () => {
    fc.assert(
      fc.property(integerArrays, fc.integer({ min: 0, max: 17 }), ({ shape, data }, offset) => {
        const file = writeNpy(shape, data);
        const buffer = new Uint8Array(offset + file.length + 3);
        buffer.set(file, offset);
        expect(parseNpy(buffer.subarray(offset, offset + file.length)).data).toEqual(data);
      }),
    );
  });

  test('does not keep the bytes it was given', () => {
    const file = writeNpy([2], new Float32Array([1, 2]));
    const array = parseNpy(file);
    file.fill(0);
    expect(array.data).toEqual(new Float32Array([1, 2]));
  });

  test('refuses every cut of a file as truncated', () => {
    fc.assert(
      fc.property(
        floatArrays,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ shape, data }, part) => {
          const file = writeNpy(shape, data);
          const cut = file.subarray(0, Math.floor(part * file.length));
          expect(codeOf(() => parseNpy(cut))).toBe('NPY_TRUNCATED');
        },
      ),
    );
  });

  test('refuses a file with a changed magic byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const file = writeNpy([1], new Float32Array([1]));
        file[position] = (file[position] ?? 0) ^ change;
        expect(codeOf(() => parseNpy(file))).toBe('NPY_INVALID');
      }),
    );
  });

  test('names the element type it cannot read', () => {
    const file = writeNpy([1], new Float32Array([1]), { descriptor: '>f4' });
    expect(() => parseNpy(file)).toThrow(
      "[latte-mini] expected elements of type '<f4' (float32) or '<i8' (int64), got '>f4'",
    );
  });

  test.each([
    ['Fortran order', writeNpy([1], new Float32Array(1), { fortranOrder: true }), 'NPY_UNSUPPORTED'],
    ['half precision', writeNpy([2], new Float32Array(1), { descriptor: '<f2' }), 'NPY_UNSUPPORTED'],
    ['bytes after the array', new Uint8Array([...writeNpy([1], new Float32Array(1)), 0]), 'NPY_INVALID'],
    ['a shape that is not a tuple of sizes', writeNpy([-1], new Float32Array(1)), 'NPY_INVALID'],
  ])('refuses %s', (_name, file, code) => {
    expect(codeOf(() => parseNpy(file))).toBe(code);
  });

  test('refuses an unknown format version', () => {
    const file = writeNpy([1], new Float32Array(1));
    file[6] = 9;
    expect(codeOf(() => parseNpy(file))).toBe('NPY_UNSUPPORTED');
  });

  test('refuses a header without a field', () => {
    const file = writeNpy([1], new Float32Array(1));
    file.set(
      new TextEncoder().encode('shope'),
      file.findIndex((_, at) => textAt(file, at) === 'shape'),
    );
    expect(() => parseNpy(file)).toThrow("expected the field 'shape' in the header");
  });
});

function textAt(file: Uint8Array, at: number): string {
  return new TextDecoder().decode(file.subarray(at, at + 5));
}
