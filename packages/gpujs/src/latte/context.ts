import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { addRow, combine, fold } from '../operations/elementwise.ts';
import { linear } from '../operations/linear.ts';
import type { LatteInput } from './input.ts';
import type { LatteLayout } from './layout.ts';
import { timestepWaves } from './positions.ts';
import type { LatteWeights } from './weights.ts';

/** What the blocks of one pass read: caption, timestep embedding, modulations. Everything lies on the device. */
export class LatteContext {
  /** The projected caption: `[tokens, hiddenSize]`. */
  readonly caption: DeviceTensor;
  /** The timestep embedding: `[1, hiddenSize]`. */
  readonly embedding: DeviceTensor;
  readonly #modulation: DeviceTensor;
  readonly #tables = new Map<DeviceTensor, Promise<DeviceTensor>>();
  readonly #made: DeviceTensor[] = [];
  #released = false;

  /** Takes the tensors over. */
  constructor(caption: DeviceTensor, embedding: DeviceTensor, modulation: DeviceTensor) {
    this.caption = caption;
    this.embedding = embedding;
    this.#modulation = modulation;
  }

  /** The six modulations of a block at this timestep, computed when first asked for. It stays the context's. */
  tableOf(own: DeviceTensor): Promise<DeviceTensor> {
    const known = this.#tables.get(own);
    if (known) return known;
    const made = this.#makeTable(own);
    this.#tables.set(own, made);
    return made;
  }

  /** Frees everything. */
  release(): void {
    this.#released = true;
    for (const tensor of [this.caption, this.embedding, this.#modulation, ...this.#made]) tensor.dispose();
  }

  async #makeTable(own: DeviceTensor): Promise<DeviceTensor> {
    const table = await combine([
      { weight: 1, feature: own },
      { weight: 1, feature: this.#modulation },
    ]);
    this.#made.push(table);
    // A run that was aborted may release the pass while a kernel is still under way.
    if (this.#released) table.dispose();
    return table;
  }
}

/**
 * Computes what the blocks of a pass read.
 *
 * @param weights - of the model
 * @param layout - of the model
 * @param input - timestep and caption of the pass
 */
export function contextOf(
  weights: LatteWeights,
  { frequencies, hiddenSize }: LatteLayout,
  { timestep, encoder_hidden_states: { data, dims } }: LatteInput,
): Promise<LatteContext> {
  const { device } = weights.outTable;
  const [first, second] = weights.timestep;
  return scratch(async (own) => {
    const waves = own(
      await device.upload(timestepWaves(timestep.data[0] ?? Number.NaN, frequencies), [1, frequencies]),
    );
    const hidden = own(await linear(waves, { ...first, activation: 'silu' }));
    const activated = own(await linear(hidden, { ...second, activation: 'silu' }));
    const modulation = own(await fold(own(await linear(activated, weights.modulation)), hiddenSize));
    const caption = own(await device.upload(data, [dims[1] ?? 1, dims[2] ?? 1]));
    const projected = own(await linear(caption, { ...weights.caption[0], activation: 'gelu' }));
    const embedding = own(await linear(hidden, second));
    const last = own(await linear(projected, weights.caption[1]));
    return new LatteContext(last.share(), embedding.share(), modulation.share());
  });
}

/** Shift and scale of the norm behind the blocks. */
export function outTableOf(weights: LatteWeights, { embedding }: LatteContext): Promise<DeviceTensor> {
  return addRow(weights.outTable, { table: embedding, row: 0 });
}
