import { phasesOf, shiftSize } from './change.ts';
import type { Moment, ModuleState } from './moment.ts';
import type { SyntheticModule } from './network.ts';
import type { ResolvedSyntheticOptions } from './options.ts';
import { gaussians, orthonormalRows } from './random.ts';
import type { SyntheticSampling } from './sampling.ts';

/** Speeds at which the parts of a shift turn, as multiples of the phase's; their mean square is about 1. */
const turns = [0.6, 1, 1.3] as const;

/** How much faster a last block's own part turns than the mean, and a first block's slower. */
const spread = 0.5;

/**
 * Share of the variance of a bias that all modules have in common, as where all blocks read one timestep embedding: their
 * contributions add up instead of cancelling out.
 */
const common = 0.8;

/** Share by which gates swing around their mean, and how fast. */
const gateSwing = 0.2;
const gateTurn = 0.7;

/** Size of what the prompt adds to shifts (root mean square); the unconditional branch goes without. */
const promptSize = 0.3;

/** The conditioning of all timesteps and branches: computed when first asked for, and remembered. */
export class Conditioning {
  readonly #options: ResolvedSyntheticOptions;
  readonly #sampling: SyntheticSampling;
  readonly #phases: readonly number[];
  readonly #waves: readonly Float64Array[];
  readonly #commonWaves: Float64Array;
  readonly #prompts: readonly Float64Array[];
  readonly #gateOffsets: Float64Array;
  readonly #embeddings: readonly [Float64Array, Float64Array];
  readonly #moments = new Map<number, Moment>();
  readonly #states = new Map<string, readonly ModuleState[]>();
  readonly #modules: readonly SyntheticModule[];

  /**
   * @param options - of the model
   * @param sampling - its timesteps
   * @param modules - in the order of the stream
   */
  constructor(
    options: ResolvedSyntheticOptions,
    sampling: SyntheticSampling,
    modules: readonly SyntheticModule[],
  ) {
    const { seed, channels } = options;
    const draw = (length: number, name: string): Float64Array => gaussians(length, seed, name);
    this.#options = options;
    this.#sampling = sampling;
    this.#modules = modules;
    this.#phases = phasesOf(options);
    const waves = (name: string): Float64Array => orthonormalRows(2 * turns.length, channels, seed, name);
    this.#waves = modules.map(({ name }) => waves(`waves ${name}`));
    this.#commonWaves = waves('waves');
    const prompt = draw(channels, 'prompt');
    this.#prompts = modules.map(({ name }) => mixture(prompt, draw(channels, `prompt ${name}`)));
    this.#gateOffsets = draw(modules.length, 'gates');
    this.#embeddings = [draw(channels, 'embedding cosine'), draw(channels, 'embedding sine')];
  }

  /** What a timestep means. Timesteps between those of the sampler are interpolated. */
  momentAt(timestep: number): Moment {
    const known = this.#moments.get(timestep);
    if (known) return known;
    const position = positionOf(timestep, this.#sampling.sampler.timesteps);
    const phase = interpolate(this.#phases, position);
    const [cosine, sine] = this.#embeddings;
    const embedding = Float32Array.from(
      cosine,
      (value, index) => value * Math.cos(phase) + (sine[index] as number) * Math.sin(phase),
    );
    const preconditioning = this.#sampling.preconditioning(timestep);
    const moment = { timestep, position, phase, embedding, ...preconditioning };
    this.#moments.set(timestep, moment);
    return moment;
  }

  /** What every module is given at a timestep, in the order of the stream. */
  statesAt(timestep: number, branch: string): readonly ModuleState[] {
    const prompted = branch !== 'unconditional';
    const key = `${timestep} ${prompted}`;
    const known = this.#states.get(key);
    if (known) return known;
    const moment = this.momentAt(timestep);
    const shared = this.#turned(this.#commonWaves, moment.phase);
    const jitter = this.#jitterAt(moment.position);
    const states = this.#modules.map((module, index) => {
      const own = this.#turned(
        this.#waves[index] as Float64Array,
        moment.phase * this.#speedOf(module.block),
      );
      const direction = mixture(shared, own);
      add(direction, jitter.subarray(index * direction.length), this.#options.noise * shiftSize);
      if (prompted) add(direction, this.#prompts[index] as Float64Array, promptSize);
      return this.#stateOf(module, index, moment, direction);
    });
    this.#states.set(key, states);
    return states;
  }

  #stateOf(
    { weight, spectralNorm }: SyntheticModule,
    index: number,
    { phase }: Moment,
    direction: Float64Array,
  ): ModuleState {
    const { gates } = this.#options;
    const offset = this.#gateOffsets[index] as number;
    const gate = (gates / this.#modules.length) * (1 + gateSwing * Math.sin(gateTurn * phase + offset));
    // W is its norm times an orthogonal matrix, so its transpose turns back: W · shift = norm · direction.
    const shift = multiplyTransposed(weight, direction).map((value) => value / spectralNorm);
    return { gate, shift, bias: multiply(weight, shift) };
  }

  #speedOf(block: number): number {
    const { blocks } = this.#options;
    return blocks > 1 ? 1 + spread * ((2 * block) / (blocks - 1) - 1) : 1;
  }

  #turned(waves: Float64Array, phase: number): Float64Array {
    const { channels } = this.#options;
    const size = shiftSize * Math.sqrt(channels / turns.length);
    const turned = new Float64Array(channels);
    for (const [part, turn] of turns.entries()) {
      const [cosine, sine] = [size * Math.cos(turn * phase), size * Math.sin(turn * phase)];
      add(turned, waves.subarray(2 * part * channels), cosine);
      add(turned, waves.subarray((2 * part + 1) * channels), sine);
    }
    return turned;
  }

  #jitterAt(position: number): Float64Array {
    const { noise, seed, channels } = this.#options;
    const length = noise > 0 ? this.#modules.length * channels : 0;
    return gaussians(length, seed, `jitter ${Math.round(position)}`);
  }
}

/** Adds `factor` · `part` to a vector, as far as the part goes. */
function add(vector: Float64Array, part: Float64Array, factor: number): void {
  const length = Math.min(vector.length, part.length);
  for (let index = 0; index < length; index++)
    vector[index] = (vector[index] as number) + factor * (part[index] as number);
}

/** What all modules have in common and what is one module's own, at the variance of either. */
function mixture(shared: Float64Array, own: Float64Array): Float64Array {
  return shared.map(
    (value, index) => Math.sqrt(common) * value + Math.sqrt(1 - common) * (own[index] as number),
  );
}

/** Wᵀ · v, for a square matrix in rows. */
function multiplyTransposed(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, column) => {
    let sum = 0;
    for (let row = 0; row < size; row++)
      sum += (matrix[row * size + column] as number) * (vector[row] as number);
    return sum;
  });
}

/** W · v, for a square matrix in rows. */
function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => {
    let sum = 0;
    for (let column = 0; column < size; column++)
      sum += (matrix[row * size + column] as number) * (vector[column] as number);
    return sum;
  });
}

/** The place of a timestep among falling ones: 0 for the first, 1.5 halfway between the second and the third. */
function positionOf(timestep: number, timesteps: readonly number[]): number {
  const last = timesteps.length - 1;
  const next = timesteps.findIndex((later) => later <= timestep);
  if (next === 0) return 0;
  if (next < 0) return last;
  const [before = 0, after = 0] = [timesteps[next - 1], timesteps[next]];
  return next - (timestep - after) / (before - after);
}

function interpolate(values: readonly number[], position: number): number {
  const before = Math.floor(position);
  const [low = 0, high = low] = [values[before], values[before + 1]];
  return low + (high - low) * (position - before);
}
