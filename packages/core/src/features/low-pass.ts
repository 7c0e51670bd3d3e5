/** Cosines and sines of a few frequencies along one dimension. */
interface Waves {
  readonly frequencies: readonly number[];
  /** `cosine[f][n] = cos(2π · frequency · n / size)`. */
  readonly cosine: readonly Float64Array[];
  readonly sine: readonly Float64Array[];
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
  const across = wavesOf(width, radius);
  const down = wavesOf(height, radius);
  const filtered = new Float32Array(array.length);
  const plane = height * width;
  for (let start = 0; start + plane <= array.length; start += plane)
    filterPlane(
      array.subarray(start, start + plane),
      filtered.subarray(start, start + plane),
      across,
      down,
      radius,
    );
  return filtered;
}

/** Frequencies −radius … radius, each once even where the side is shorter. */
function wavesOf(size: number, radius: number): Waves {
  const lowest = -Math.min(radius, Math.floor(size / 2));
  const highest = Math.min(radius, Math.ceil(size / 2) - 1);
  const frequencies = Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
  const angles = frequencies.map((frequency) => (2 * Math.PI * frequency) / size);
  const table = (wave: (angle: number) => number): Float64Array[] =>
    angles.map((angle) => Float64Array.from({ length: size }, (_, position) => wave(angle * position)));
  return { frequencies, cosine: table(Math.cos), sine: table(Math.sin) };
}

/** Projects a plane on the waves inside the circle: x ↦ Σ ⟨x, wave⟩ wave / size. Sums of conjugate pairs are real. */
function filterPlane(
  plane: Float32Array,
  filtered: Float32Array,
  across: Waves,
  down: Waves,
  radius: number,
): void {
  const width = across.cosine[0]?.length ?? 1;
  const height = down.cosine[0]?.length ?? 1;
  const total = new Float64Array(plane.length);
  down.frequencies.forEach((vertical, v) => {
    across.frequencies.forEach((horizontal, h) => {
      if (vertical ** 2 + horizontal ** 2 > radius ** 2) return;
      const wave = waveOf(down, v, across, h, height, width);
      addProjection(plane, wave, total);
    });
  });
  for (let index = 0; index < plane.length; index++)
    filtered[index] = (total[index] as number) / (width * height);
}

/** cos and sin of the sum of both angles at every element of a plane. */
function waveOf(
  down: Waves,
  v: number,
  across: Waves,
  h: number,
  height: number,
  width: number,
): { readonly real: Float64Array; readonly imaginary: Float64Array } {
  const [cosDown, sinDown] = [down.cosine[v] as Float64Array, down.sine[v] as Float64Array];
  const [cosAcross, sinAcross] = [across.cosine[h] as Float64Array, across.sine[h] as Float64Array];
  const real = new Float64Array(height * width);
  const imaginary = new Float64Array(height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [a, b] = [cosDown[y] as number, sinDown[y] as number];
      const [c, d] = [cosAcross[x] as number, sinAcross[x] as number];
      real[y * width + x] = a * c - b * d;
      imaginary[y * width + x] = a * d + b * c;
    }
  return { real, imaginary };
}

function addProjection(
  plane: Float32Array,
  { real, imaginary }: { readonly real: Float64Array; readonly imaginary: Float64Array },
  total: Float64Array,
): void {
  let [cosine, sine] = [0, 0];
  for (let index = 0; index < plane.length; index++) {
    const value = plane[index] as number;
    cosine += value * (real[index] as number);
    sine += value * (imaginary[index] as number);
  }
  for (let index = 0; index < plane.length; index++)
    total[index] =
      (total[index] as number) + cosine * (real[index] as number) + sine * (imaginary[index] as number);
}
