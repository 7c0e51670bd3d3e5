/**
 * Sines and cosines of positions, as the original transformer has them (arXiv 1706.03762, section 3.5): the first half of
 * a row are sines, the second cosines, with wavelengths from 2π to 10000 · 2π.
 *
 * @param size - of a row, an even number
 * @param positions - one for each row
 * @returns rows of `size` values
 */
export function sinusoids(size: number, positions: readonly number[]): Float32Array {
  const half = size / 2;
  const rows = new Float32Array(positions.length * size);
  for (const [row, position] of positions.entries())
    for (let index = 0; index < half; index++) {
      const angle = position / 10_000 ** (index / half);
      rows[row * size + index] = Math.sin(angle);
      rows[row * size + half + index] = Math.cos(angle);
    }
  return rows;
}

/**
 * Positions of patches in a square frame: the first half of the channels says the column, the second the row.
 *
 * @param size - channels, a multiple of 4
 * @param side - patches along a side
 */
export function patchPositions(size: number, side: number): Float32Array {
  const half = size / 2;
  const line = sinusoids(
    half,
    Array.from({ length: side }, (_, position) => position),
  );
  const positions = new Float32Array(side * side * size);
  for (let patch = 0; patch < side * side; patch++) {
    const [row, column] = [Math.floor(patch / side), patch % side];
    positions.set(line.subarray(column * half, (column + 1) * half), patch * size);
    positions.set(line.subarray(row * half, (row + 1) * half), patch * size + half);
  }
  return positions;
}

/**
 * Cosines and then sines of a timestep at falling frequencies, rounded to float32 where PyTorch rounds.
 *
 * @param timestep - 0 … 1000
 * @param frequencies - how many values in all
 */
export function timestepWaves(timestep: number, frequencies: number): Float32Array {
  const half = frequencies / 2;
  const waves = new Float32Array(frequencies);
  for (let index = 0; index < half; index++) {
    const frequency = Math.fround(Math.exp((-Math.log(10_000) * index) / half));
    const angle = Math.fround(Math.fround(timestep) * frequency);
    waves[index] = Math.cos(angle);
    waves[half + index] = Math.sin(angle);
  }
  return waves;
}
