import type { ModuleKind } from '@refrain/core';
import { mixingOf, mixTokens, type TokenMixing } from './mixing.ts';
import { Conditioning } from './conditioning.ts';
import type { Moment, ModuleState } from './moment.ts';
import type { ResolvedSyntheticOptions } from './options.ts';
import { gaussians, scaledOrthogonal } from './random.ts';
import type { SyntheticSampling } from './sampling.ts';

/** One module: `x + g(t) · tanh(W x + b(t))`, where W mixes tokens and then channels. */
export interface SyntheticModule {
  /** Unique, for example `blocks.3/mlp`. */
  readonly name: string;
  /** Index of its block. */
  readonly block: number;
  readonly kind: ModuleKind;
  /** Spectral norm of W. */
  readonly spectralNorm: number;
  /** The channel part of W: `channels` rows, every singular value `spectralNorm`. */
  readonly weight: Float64Array;
  /** The token part of W, of norm 1; undefined for a module that looks at one token at a time. */
  readonly mixing?: TokenMixing;
}

/** The mathematics of a synthetic DiT: modules, way in and way out. */
export interface SyntheticNetwork {
  readonly tokens: number;
  readonly channels: number;
  /** In the order of the stream: module k leads from position k to position k + 1. */
  readonly modules: readonly SyntheticModule[];
  /** The way in: an orthogonal matrix of the channels, norm 1. */
  readonly entry: Float64Array;
  /** Added to the stream on the way in. */
  readonly places: Float64Array;
  /** Matrix of the head; every singular value is `headNorm`. */
  readonly head: Float64Array;
  readonly headNorm: number;
  /** What a timestep means. */
  momentAt(timestep: number): Moment;
  /** Gates, shifts and biases of all modules at a timestep in a branch. */
  statesAt(timestep: number, branch: string): readonly ModuleState[];
}

/** Size of the position embedding (root mean square). */
const placeSize = 0.5;

/** Builds the network that the options describe. */
export function networkOf(options: ResolvedSyntheticOptions, sampling: SyntheticSampling): SyntheticNetwork {
  const { seed, tokens, channels, head } = options;
  const modules = modulesOf(options);
  const conditioning = new Conditioning(options, sampling, modules);
  return {
    tokens,
    channels,
    modules,
    entry: scaledOrthogonal(channels, 1, seed, 'entry'),
    places: gaussians(tokens * channels, seed, 'places').map((value) => value * placeSize),
    head: scaledOrthogonal(channels, head, seed, 'head'),
    headNorm: head,
    momentAt: (timestep) => conditioning.momentAt(timestep),
    statesAt: (timestep, branch) => conditioning.statesAt(timestep, branch),
  };
}

function modulesOf(options: ResolvedSyntheticOptions): readonly SyntheticModule[] {
  const { seed, blocks, tokens, frames, channels, modules, spectralNorm } = options;
  const kinds: readonly ModuleKind[] = modules.length > 0 ? modules : ['other'];
  return Array.from({ length: blocks }, (_, block) => block).flatMap((block) =>
    kinds.map((kind, index) => {
      const name = `blocks.${block}/${kind}${kinds.indexOf(kind) < index ? `.${index}` : ''}`;
      const mixing = mixingOf(kind, tokens, frames);
      const weight = scaledOrthogonal(channels, spectralNorm, seed, `weight ${name}`);
      return { name, block, kind, spectralNorm, weight, ...(mixing && { mixing }) };
    }),
  );
}

/** The stream at position 0: each token through the entry matrix, plus its place. */
export function enterStream(
  { entry, places, channels }: SyntheticNetwork,
  sample: Float32Array,
): Float32Array {
  const turned = channelProduct(entry, sample, channels);
  for (let index = 0; index < turned.length; index++)
    turned[index] = (turned[index] as number) + (places[index] as number);
  return Float32Array.from(turned);
}

/** The value of a module: tanh(W x + b). */
export function moduleValue(
  { channels }: SyntheticNetwork,
  { weight, mixing }: SyntheticModule,
  { bias }: ModuleState,
  x: Float32Array,
): Float32Array {
  const product = channelProduct(weight, mixing ? mixTokens(x, channels, mixing) : x, channels);
  const value = new Float32Array(x.length);
  for (let token = 0; token < x.length; token += channels)
    for (let channel = 0; channel < channels; channel++)
      value[token + channel] = Math.tanh((product[token + channel] as number) + (bias[channel] as number));
  return value;
}

/** The stream behind a module: x + g · value. */
export function applyValue({ gate }: ModuleState, x: Float32Array, value: Float32Array): Float32Array {
  const applied = new Float32Array(x.length);
  for (let index = 0; index < x.length; index++)
    applied[index] = (x[index] as number) + gate * (value[index] as number);
  return applied;
}

/** The input of a module: x + shift. */
export function modulatedInput({ shift }: ModuleState, x: Float32Array): Float32Array {
  const modulated = new Float32Array(x.length);
  for (let index = 0; index < x.length; index++)
    modulated[index] = (x[index] as number) + (shift[index % shift.length] as number);
  return modulated;
}

/** The prediction: skip · sample + gain · H · stream. */
export function exitStream(
  { head, channels }: SyntheticNetwork,
  { skip, gain }: Moment,
  sample: Float32Array,
  x: Float32Array,
): Float32Array {
  const product = channelProduct(head, x, channels);
  const prediction = new Float32Array(x.length);
  for (let index = 0; index < x.length; index++)
    prediction[index] = skip * (sample[index] as number) + gain * (product[index] as number);
  return prediction;
}

/** Each token through a matrix of the channels, in float64. */
function channelProduct(
  matrix: Float64Array,
  x: Float32Array | Float64Array,
  channels: number,
): Float64Array {
  const product = new Float64Array(x.length);
  for (let token = 0; token < x.length; token += channels)
    for (let row = 0; row < channels; row += 2) {
      // Two sums at a time: one alone waits for itself at every addition.
      const [first, second] = [row * channels, (row + 1) * channels];
      let [sum, next] = [0, 0];
      for (let column = 0; column < channels; column++) {
        const value = x[token + column] as number;
        sum += (matrix[first + column] as number) * value;
        next += (matrix[second + column] as number) * value;
      }
      product[token + row] = sum;
      if (row + 1 < channels) product[token + row + 1] = next;
    }
  return product;
}
