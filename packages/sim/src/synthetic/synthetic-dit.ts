import {
  fromBlocks,
  type BlockDefinition,
  type BlockModule,
  type BlockRunner,
  type Float32Feature,
  type PassInfo,
} from '@refrain/core';
import { gaussianNoise } from '@refrain/diffusion';
import { SimError } from '../errors.ts';
import { withConditioning } from './conditioning-taps.ts';
import type { Moment, ModuleState } from './moment.ts';
import {
  applyValue,
  enterStream,
  exitStream,
  modulatedInput,
  moduleValue,
  networkOf,
  type SyntheticModule,
  type SyntheticNetwork,
} from './network.ts';
import { resolveSyntheticOptions, type ResolvedSyntheticOptions, type SyntheticOptions } from './options.ts';
import { samplingOf, type SyntheticSampling } from './sampling.ts';

/** What a synthetic DiT is given at a step. The timestep comes with the pass. */
export interface SyntheticInput {
  /** The noisy sample, `tokens · channels` values, token after token. */
  readonly sample: Float32Array;
}

/** A pass of the model that is meant: its timestep in the sampler's unit, and its branch. */
export interface SyntheticPlace {
  readonly timestep: number;
  readonly branch: string;
}

/**
 * A diffusion transformer whose mathematics is known: a runner for any policy, with the sampler that drives it, and
 * everything that drift bounds are computed from.
 */
export interface SyntheticDit extends BlockRunner<SyntheticInput, Float32Feature, Float32Array> {
  readonly options: ResolvedSyntheticOptions;
  /** Guidance branches of a run: `conditional`, and `unconditional` where the guidance scale is not 1. */
  readonly branches: readonly string[];
  readonly sampling: SyntheticSampling;
  readonly network: SyntheticNetwork;
  /** The prediction for a sample, computed plainly: no executor, no policy. */
  predict(sample: Float32Array, place: SyntheticPlace): Float32Array;
  /** Gaussian noise to start a run from; the model's own seed when none is given. */
  noise(seed?: number): Float32Array;
}

/** What the blocks of one pass are given. */
interface PassContext {
  readonly sample: Float32Array;
  readonly moment: Moment;
  readonly states: readonly ModuleState[];
}

/**
 * Makes a synthetic DiT: N residual blocks of modules `x + g_i(t) · tanh(W_i x + b_i(t))` on tokens × channels, whose spectral
 * norms are set, between an orthogonal way in and a linear head that predicts the velocity (or, for DDIM, the noise). It is
 * seeded and deterministic, and a {@link BlockRunner} like any other: blocks, inner sites, modulated inputs, the timestep
 * embedding and the model itself can be acted on and measured.
 *
 * @param options - left out: 28 blocks of attention and MLP, 16 tokens of 16 channels, 30 flow-matching steps, a U-shaped change
 * @returns a runner, with its sampler, its branches and its constants
 * @throws SimError `OPTION_INVALID` that names everything that is wrong
 *
 * @example
 * ```ts
 * const dit = syntheticDit({ blocks: 4, steps: 20, shape: 'flat', seed: 7 });
 * const { drift, report } = await simulate(dit, fora({ interval: 3 }));
 * ```
 */
export function syntheticDit(options: SyntheticOptions = {}): SyntheticDit {
  const resolved = resolveSyntheticOptions(options);
  const sampling = samplingOf(resolved);
  const network = networkOf(resolved, sampling);
  const { architecture, guidance, seed, tokens, channels } = resolved;
  const enter = (input: SyntheticInput, { timestep, branch }: PassInfo): Entered => {
    const sample = requireSample(input?.sample, network).slice();
    const moment = network.momentAt(timestep);
    const states = network.statesAt(timestep, branch);
    return { x: enterStream(network, sample), context: { sample, moment, states } };
  };
  const runner = fromBlocks<SyntheticInput, PassContext, Float32Array>(blocksOf(network, resolved), {
    name: 'synthetic-dit',
    enter,
    exit: (x, { moment, sample }) => exitStream(network, moment, sample, x as Float32Array),
    model: {
      sample: ({ sample }) => requireSample(sample, network).slice(),
      feature: (output) => output.slice(),
      output: (feature) => (feature as Float32Array).slice(),
    },
    ...(architecture !== undefined && { architecture }),
  });
  return {
    ...withConditioning(runner, 'timestep-embedding', ({ timestep }) => network.momentAt(timestep).embedding),
    options: resolved,
    branches: guidance === 1 ? ['conditional'] : ['conditional', 'unconditional'],
    sampling,
    network,
    predict: (sample, place) => predictPlainly(network, requireSample(sample, network), place),
    noise: (from = seed) => gaussianNoise(tokens * channels, from),
  };
}

interface Entered {
  readonly x: Float32Array;
  readonly context: PassContext;
}

/** The modules as blocks: each a function, or the modules it is made of. */
function blocksOf(
  network: SyntheticNetwork,
  { blocks, modules }: ResolvedSyntheticOptions,
): readonly BlockDefinition<PassContext>[] {
  const placed = network.modules.map((module, index) => ({
    ...module,
    made: moduleOf(network, module, index),
  }));
  if (modules.length === 0)
    return placed.map(({ made }) => ({
      run: async (x, context) => made.apply(x, await made.compute(x, context), context),
      ...(made.modulated && { modulated: made.modulated }),
    }));
  return Array.from({ length: blocks }, (_, block) => ({
    modules: placed.filter((module) => module.block === block).map(({ made }) => made),
  }));
}

function moduleOf(
  network: SyntheticNetwork,
  module: SyntheticModule,
  index: number,
): BlockModule<PassContext> {
  const stateIn = ({ states }: PassContext): ModuleState => states[index] as ModuleState;
  return {
    name: module.name.slice(module.name.indexOf('/') + 1),
    kind: module.kind,
    compute: (x, context) => moduleValue(network, module, stateIn(context), x as Float32Array),
    apply: (x, value, context) => applyValue(stateIn(context), x as Float32Array, value as Float32Array),
    modulated: (x, context) => modulatedInput(stateIn(context), x as Float32Array),
  };
}

function predictPlainly(
  network: SyntheticNetwork,
  sample: Float32Array,
  { timestep, branch }: SyntheticPlace,
): Float32Array {
  const states = network.statesAt(timestep, branch);
  let x = enterStream(network, sample);
  for (const [index, module] of network.modules.entries()) {
    const state = states[index] as ModuleState;
    x = applyValue(state, x, moduleValue(network, module, state, x));
  }
  return exitStream(network, network.momentAt(timestep), sample, x);
}

function requireSample(sample: unknown, { tokens, channels }: SyntheticNetwork): Float32Array {
  if (sample instanceof Float32Array && sample.length === tokens * channels) return sample;
  const got = sample instanceof Float32Array ? `${sample.length} values` : typeof sample;
  throw new SimError(
    'OPTION_INVALID',
    `[sim] synthetic-dit: expected a sample of ${tokens} tokens × ${channels} channels as a Float32Array of ` +
      `${tokens * channels} values, got ${got}; noise() makes one`,
  );
}
