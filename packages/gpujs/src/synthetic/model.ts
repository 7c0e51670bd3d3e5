import { GpuJsError } from '../errors.ts';
import type { Shape } from '../gpu/grid.ts';
import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { addRow, combine } from '../operations/elementwise.ts';
import { linear } from '../operations/linear.ts';
import type { StreamLink, StreamModel } from '../stream/model.ts';
import { mixingMatrix, transposedSquare, type RingMixing, type SyntheticModel } from './network.ts';

/** What a synthetic DiT is given at a step: the noisy sample, token after token. The timestep comes with the pass. */
export interface SyntheticInput {
  readonly sample: Float32Array;
}

/** What the modules of one pass read. */
export interface SyntheticContext {
  readonly sample: DeviceTensor;
  /** A row for each module. */
  readonly shifts: DeviceTensor;
  readonly gates: readonly number[];
  readonly embedding: DeviceTensor;
  readonly skip: number;
  readonly gain: number;
}

/** Matrices on a device. */
interface SyntheticWeights {
  readonly entry: DeviceTensor;
  readonly places: DeviceTensor;
  readonly head: DeviceTensor;
  readonly modules: readonly { readonly weight: DeviceTensor; readonly mixing?: DeviceTensor | undefined }[];
}

/** Puts values onto a device, and remembers them for whoever frees them. */
type Upload = (values: Float32Array, shape: Shape) => Promise<DeviceTensor>;

/**
 * Puts a synthetic DiT onto a device.
 *
 * @param model - its mathematics
 * @param upload - to the device
 */
export async function syntheticModel(
  { name, sites, conditioning = [], network }: SyntheticModel,
  upload: Upload,
): Promise<StreamModel<SyntheticInput, SyntheticContext, Float32Array>> {
  const weights = await uploadNetwork(network, upload);
  const { channels, tokens } = network;
  const { device } = weights.head;
  return {
    name,
    sites,
    conditioning,
    links: weights.modules.map(linkOf),
    enter: async ({ sample }, timestep, branch) => {
      requireSample(sample, network);
      const states = network.statesAt(timestep, branch);
      const { skip, gain, embedding } = network.momentAt(timestep);
      const shifts = Float32Array.from(states.flatMap(({ shift }) => [...shift]));
      return scratch(async (own) => {
        const given = own(await device.upload(sample, [tokens, channels]));
        const table = own(await device.upload(shifts, [states.length, channels]));
        const tapped = own(await device.upload(embedding, [1, channels]));
        const turned = own(await linear(given, { weight: weights.entry }));
        const x = await sum(turned, 1, weights.places, 1);
        const gates = states.map(({ gate }) => gate);
        const context = {
          sample: given.share(),
          shifts: table.share(),
          embedding: tapped.share(),
          gates,
          skip,
          gain,
        };
        return { x, context };
      });
    },
    conditioningOf: ({ embedding }) => embedding,
    exit: (x, { sample, skip, gain }) =>
      scratch(async (own) => {
        const product = own(await linear(x, { weight: weights.head }));
        return own(await sum(sample, skip, product, gain)).read();
      }),
    release: ({ sample, shifts, embedding }) => {
      for (const tensor of [sample, shifts, embedding]) tensor.dispose();
    },
  };
}

/** The shift goes through mixing and matrix like the stream: it is the same for all tokens, and W · shift is the bias. */
function linkOf(
  { weight, mixing }: SyntheticWeights['modules'][number],
  index: number,
): StreamLink<SyntheticContext> {
  return {
    modulated: (x, { shifts }) => addRow(x, { table: shifts, row: index }),
    compute: (modulated) =>
      scratch(async (own) => {
        const mixed = mixing ? own(await linear(mixing, { weight: modulated })) : modulated;
        return linear(mixed, { weight, activation: 'tanh' });
      }),
    apply: (x, value, { gates }) => sum(x, 1, value, gates[index] ?? Number.NaN),
  };
}

async function uploadNetwork(network: SyntheticModel['network'], upload: Upload): Promise<SyntheticWeights> {
  const { channels, tokens, modules, entry, places, head } = network;
  const square = (matrix: Float64Array): Promise<DeviceTensor> =>
    upload(transposedSquare(matrix, channels), [channels, channels]);
  // Modules of one kind mix alike and share the matrix.
  const mixings = new Map<string, DeviceTensor>();
  const mixingOf = async (mixing: RingMixing): Promise<DeviceTensor> => {
    const key = `${mixing.size} ${mixing.stride} ${mixing.starts.join()} ${mixing.weights.join()}`;
    const made = mixings.get(key) ?? (await upload(mixingMatrix(mixing, tokens), [tokens, tokens]));
    mixings.set(key, made);
    return made;
  };
  const placed: SyntheticWeights['modules'][number][] = [];
  for (const { weight, mixing } of modules)
    placed.push({ weight: await square(weight), mixing: mixing && (await mixingOf(mixing)) });
  return {
    entry: await square(entry),
    places: await upload(Float32Array.from(places), [tokens, channels]),
    head: await square(head),
    modules: placed,
  };
}

function sum(
  first: DeviceTensor,
  firstWeight: number,
  second: DeviceTensor,
  secondWeight: number,
): Promise<DeviceTensor> {
  return combine([
    { weight: firstWeight, feature: first },
    { weight: secondWeight, feature: second },
  ]);
}

function requireSample(sample: unknown, { tokens, channels }: SyntheticModel['network']): void {
  if (sample instanceof Float32Array && sample.length === tokens * channels) return;
  const got = sample instanceof Float32Array ? `${sample.length} values` : typeof sample;
  throw new GpuJsError(
    'INPUT_MISMATCH',
    `expected a sample of ${tokens} tokens × ${channels} channels as a Float32Array, got ${got}`,
  );
}
