/** Cosines and sines of a few frequencies along one side: `cosine[frequency · size + position]`. */
interface Waves {
  readonly size: number;
  readonly frequencies: readonly number[];
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

/** Complex numbers, row by row. */
interface Spectrum {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/**
 * The low spatial frequencies of each plane of an array: discrete Fourier transform over the last two dimensions, all
 * frequencies outside a circle set to zero, and back, in float64. The circle has the radius ⌊share · shorter side⌋
 * around frequency zero, its edge included (the mask of FasterCache, arXiv 2410.19355). An array of one dimension is a
 * line, whose side is its length.
 *
 * @param array - planes one after the other
 * @param dims - sizes, outermost first
 * @param share - of the shorter side, above 0
 * @returns a new array
 */
export function lowPassArray(array: Float32Array, dims: readonly number[], share: number): Float32Array {
  const width = dims.at(-1) ?? 1;
  const height = dims.length > 1 ? (dims.at(-2) ?? 1) : 1;
  const radius = Math.floor(share * (height > 1 ? Math.min(height, width) : width));
  const [across, down] = [wavesOf(width, radius), wavesOf(height, radius)];
  const filtered = new Float32Array(array.length);
  const size = height * width;
  for (let start = 0; start + size <= array.length; start += size) {
    const spectrum = transform(array.subarray(start, start + size), across, down);
    keepCircle(spectrum, across, down, radius);
    restore(spectrum, across, down, filtered.subarray(start, start + size));
  }
  return filtered;
}

/** Frequencies −radius … radius, each once even where the side is shorter. */
function wavesOf(size: number, radius: number): Waves {
  const lowest = -Math.min(radius, Math.floor(size / 2));
  const highest = Math.min(radius, Math.ceil(size / 2) - 1);
  const frequencies = Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
  const angles = frequencies.flatMap((frequency) =>
    Array.from({ length: size }, (_, position) => (2 * Math.PI * frequency * position) / size),
  );
  return {
    size,
    frequencies,
    cosine: Float64Array.from(angles, Math.cos),
    sine: Float64Array.from(angles, Math.sin),
  };
}

/** Along the rows, then along the columns: only the frequencies of the waves. */
function transform(plane: Float32Array, across: Waves, down: Waves): Spectrum {
  const columns = across.frequencies.length;
  const rows = spectrumOf(down.size * columns);
  for (let y = 0; y < down.size; y++)
    for (let k = 0; k < columns; k++) {
      let [real, imaginary] = [0, 0];
      for (let x = 0; x < across.size; x++) {
        const value = plane[y * across.size + x] as number;
        real += value * (across.cosine[k * across.size + x] as number);
        imaginary -= value * (across.sine[k * across.size + x] as number);
      }
      put(rows, y * columns + k, real, imaginary);
    }
  const spectrum = spectrumOf(down.frequencies.length * columns);
  for (let j = 0; j < down.frequencies.length; j++)
    for (let k = 0; k < columns; k++) {
      let [real, imaginary] = [0, 0];
      for (let y = 0; y < down.size; y++) {
        const [a, b] = at(rows, y * columns + k);
        const [c, s] = [down.cosine[j * down.size + y] as number, down.sine[j * down.size + y] as number];
        real += a * c + b * s;
        imaginary += b * c - a * s;
      }
      put(spectrum, j * columns + k, real, imaginary);
    }
  return spectrum;
}

function keepCircle(spectrum: Spectrum, across: Waves, down: Waves, radius: number): void {
  down.frequencies.forEach((vertical, j) => {
    across.frequencies.forEach((horizontal, k) => {
      if (vertical ** 2 + horizontal ** 2 > radius ** 2)
        put(spectrum, j * across.frequencies.length + k, 0, 0);
    });
  });
}

/** The real part of the inverse, along the columns and then along the rows. */
function restore(spectrum: Spectrum, across: Waves, down: Waves, plane: Float32Array): void {
  const columns = across.frequencies.length;
  for (let y = 0; y < down.size; y++) {
    const row = spectrumOf(columns);
    for (let k = 0; k < columns; k++) {
      let [real, imaginary] = [0, 0];
      for (let j = 0; j < down.frequencies.length; j++) {
        const [a, b] = at(spectrum, j * columns + k);
        const [c, s] = [down.cosine[j * down.size + y] as number, down.sine[j * down.size + y] as number];
        real += a * c - b * s;
        imaginary += a * s + b * c;
      }
      put(row, k, real, imaginary);
    }
    for (let x = 0; x < across.size; x++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) {
        const [a, b] = at(row, k);
        sum += a * (across.cosine[k * across.size + x] as number);
        sum -= b * (across.sine[k * across.size + x] as number);
      }
      plane[y * across.size + x] = sum / (across.size * down.size);
    }
  }
}

function spectrumOf(length: number): Spectrum {
  return { real: new Float64Array(length), imaginary: new Float64Array(length) };
}

function at({ real, imaginary }: Spectrum, index: number): readonly [number, number] {
  return [real[index] as number, imaginary[index] as number];
}

function put(spectrum: Spectrum, index: number, real: number, imaginary: number): void {
  spectrum.real[index] = real;
  spectrum.imaginary[index] = imaginary;
}
