/** Cosines and sines of a few frequencies along one side: `cosine[index of the frequency · size + position]`. */
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
 * Only the few frequencies inside the circle are ever computed, and of each pair that mirrors another (the plane is
 * real) one, so this takes less than a fast transform of all of them.
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
  const across = wavesOf(width, 0, Math.min(radius, Math.floor(width / 2)));
  const down = wavesOf(
    height,
    -Math.min(radius, Math.floor(height / 2)),
    Math.min(radius, Math.ceil(height / 2) - 1),
  );
  const rows = spectrumOf(height * across.frequencies.length);
  const spectrum = spectrumOf(down.frequencies.length * across.frequencies.length);
  const filtered = new Float32Array(array.length);
  const size = height * width;
  for (let start = 0; start + size <= array.length; start += size) {
    alongRows(array.subarray(start, start + size), across, rows);
    alongColumns(rows, { across, down, radius }, spectrum);
    backAlongColumns(spectrum, { across, down }, rows);
    backAlongRows(rows, across, filtered.subarray(start, start + size));
  }
  return filtered;
}

/** The waves of the frequencies from the lowest to the highest. */
function wavesOf(size: number, lowest: number, highest: number): Waves {
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

function alongRows(plane: Float32Array, { size, frequencies, cosine, sine }: Waves, rows: Spectrum): void {
  const count = frequencies.length;
  for (let row = 0, y = 0; row < plane.length; row += size, y++)
    for (let k = 0; k < count; k++) {
      const wave = k * size;
      let [real, imaginary] = [0, 0];
      for (let x = 0; x < size; x++) {
        const value = plane[row + x] as number;
        real += value * (cosine[wave + x] as number);
        imaginary -= value * (sine[wave + x] as number);
      }
      rows.real[y * count + k] = real;
      rows.imaginary[y * count + k] = imaginary;
    }
}

/** What lies outside the circle is zero. */
function alongColumns(
  rows: Spectrum,
  { across, down, radius }: { readonly across: Waves; readonly down: Waves; readonly radius: number },
  spectrum: Spectrum,
): void {
  const count = across.frequencies.length;
  for (const [j, vertical] of down.frequencies.entries())
    for (const [k, horizontal] of across.frequencies.entries()) {
      const wave = j * down.size;
      let [real, imaginary] = [0, 0];
      const end = vertical ** 2 + horizontal ** 2 > radius ** 2 ? 0 : down.size;
      for (let y = 0; y < end; y++) {
        const [a, b] = [rows.real[y * count + k] as number, rows.imaginary[y * count + k] as number];
        const [c, s] = [down.cosine[wave + y] as number, down.sine[wave + y] as number];
        real += a * c + b * s;
        imaginary += b * c - a * s;
      }
      spectrum.real[j * count + k] = real;
      spectrum.imaginary[j * count + k] = imaginary;
    }
}

function backAlongColumns(
  spectrum: Spectrum,
  { across, down }: { readonly across: Waves; readonly down: Waves },
  rows: Spectrum,
): void {
  const [count, height] = [across.frequencies.length, down.frequencies.length];
  for (let y = 0; y < down.size; y++)
    for (let k = 0; k < count; k++) {
      let [real, imaginary] = [0, 0];
      for (let j = 0; j < height; j++) {
        const [a, b] = [spectrum.real[j * count + k] as number, spectrum.imaginary[j * count + k] as number];
        const [c, s] = [down.cosine[j * down.size + y] as number, down.sine[j * down.size + y] as number];
        real += a * c - b * s;
        imaginary += a * s + b * c;
      }
      rows.real[y * count + k] = real;
      rows.imaginary[y * count + k] = imaginary;
    }
}

/** The real part. A frequency stands for its mirror image too, unless it is its own: zero, and half an even side. */
function backAlongRows(
  rows: Spectrum,
  { size, frequencies, cosine, sine }: Waves,
  plane: Float32Array,
): void {
  const count = frequencies.length;
  const shares = frequencies.map((one) => (one === 0 || one * 2 === size ? 1 : 2) / plane.length);
  for (let row = 0, y = 0; row < plane.length; row += size, y++)
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const [a, b] = [rows.real[y * count + k] as number, rows.imaginary[y * count + k] as number];
        const wave = a * (cosine[k * size + x] as number) - b * (sine[k * size + x] as number);
        sum += wave * (shares[k] as number);
      }
      plane[row + x] = sum;
    }
}

function spectrumOf(length: number): Spectrum {
  return { real: new Float64Array(length), imaginary: new Float64Array(length) };
}
