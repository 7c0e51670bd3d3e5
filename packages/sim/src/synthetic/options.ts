import { nearestName, type ModuleKind } from '@refrain/core';
import { SimError } from '../errors.ts';
import { motions, optionRules } from './option-rules.ts';

/**
 * Which sampler drives the model, and where its steps lie: `flow` (flow-matching Euler, evenly spaced), `shifted-flow` (the
 * same with a timestep shift), `linear` and `cosine` (DDIM with those betas; the model then predicts the noise).
 */
export type SyntheticSchedule = 'flow' | 'shifted-flow' | 'linear' | 'cosine';

/**
 * How the relative change of features from step to step runs along a generation:
 * - `u`: large at first, small in the middle, rising at the end (video models: BWCache, arXiv 2509.13789, section 3);
 * - `l`: large at first, then small to the end;
 * - `inverted-l`: small, rising at the end: the L in a mirror;
 * - `flat`: the same throughout;
 * - `oscillating`: `u`, whose first arm goes up and down from step to step, as with PNDM.
 */
export type ChangeShape = 'u' | 'l' | 'inverted-l' | 'flat' | 'oscillating';

/** How much features change along a run: a factor on every change, or a name for one. */
export type Motion = number | 'still' | 'calm' | 'normal' | 'fast';

/** Everything that a synthetic DiT is made of. Left out: the default. */
export interface SyntheticOptions {
  /** Seed of all weights, and of the first noise unless a run brings its own. An integer from 0 to 4294967295. Default 0. */
  readonly seed?: number;
  /** Number of blocks, N. Default 28. */
  readonly blocks?: number;
  /** Number of tokens, T. Default 16. */
  readonly tokens?: number;
  /** Frames that the tokens are laid out in, a divisor of `tokens`. Default 4, or 1 if that does not divide. */
  readonly frames?: number;
  /** Number of channels of a token, d. Default 16. */
  readonly channels?: number;
  /** The modules of each block in order; none makes blocks of one piece. Default `['self-attention', 'mlp']`. */
  readonly modules?: readonly ModuleKind[];
  /** Number of denoising steps. Default 30. */
  readonly steps?: number;
  /** Sampler and noise schedule. Default `flow`. */
  readonly schedule?: SyntheticSchedule;
  /** Timestep shift of `shifted-flow`. Default 5. */
  readonly shift?: number;
  /** Guidance scale; anything but 1 adds the unconditional branch. Default 1. */
  readonly guidance?: number;
  /** Course of the change over the steps. Default `u`. */
  readonly shape?: ChangeShape;
  /** Relative change of modulated inputs from step to step at the beginning of a run, from 0 to 1. Default 0.5. */
  readonly early?: number;
  /** The same in the middle. Default 0.06. */
  readonly middle?: number;
  /** The same at the end. Default 0.3. */
  readonly late?: number;
  /** Share of the run in which the first arm falls to 1/e of its height. Default 0.2. */
  readonly settle?: number;
  /** Factor on all changes: `still` 0.5, `calm` 0.75, `normal` 1, `fast` 1.5, or a number from 0 to 4. Default `normal`. */
  readonly motion?: Motion;
  /** Jitter of modulated inputs at every step, as a share of their size, from 0 to 1. Default 0.01. */
  readonly noise?: number;
  /** Spectral norm of every weight matrix W_i, from 0.01 to 4. Default 0.5. */
  readonly spectralNorm?: number;
  /** Sum of the gates g_i of all modules (mean over the run), from 0 to 100. Default 2. */
  readonly gates?: number;
  /** Spectral norm of the head's matrix, from 0 to 4. Default 0.4. */
  readonly head?: number;
  /** The architecture that the runner claims to be, for policies with constants of certain models. Default: none. */
  readonly architecture?: string;
}

/** Options with everything filled in. */
export interface ResolvedSyntheticOptions extends Required<Omit<SyntheticOptions, 'architecture'>> {
  readonly motion: number;
  readonly architecture?: string;
}

/**
 * Checks options and fills in defaults.
 *
 * @param given - see {@link SyntheticOptions}
 * @throws SimError `OPTION_INVALID` that names everything that is wrong
 */
export function resolveSyntheticOptions(given: SyntheticOptions = {}): ResolvedSyntheticOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong([`expected an object of options, got ${show(given)}`]);
  requireKnown(Object.keys(given));
  const { tokens = 16 } = given;
  const options = { ...defaults, frames: tokens % 4 === 0 ? 4 : 1, ...withoutUndefined(given) };
  const names = Object.keys(options) as (keyof SyntheticOptions)[];
  const issues = names
    .filter((name) => !optionRules[name].accepts(options[name]))
    .map((name) => `${name}: expected ${optionRules[name].expected}, got ${show(options[name])}`);
  if (issues.length > 0) throw wrong(issues);
  if (options.tokens % options.frames !== 0)
    throw wrong([`frames: expected a divisor of tokens = ${options.tokens}, got ${options.frames}`]);
  if (given.shift !== undefined && options.schedule !== 'shifted-flow')
    throw wrong([`shift: expected schedule "shifted-flow" with it, got "${options.schedule}"`]);
  const motion = motions[options.motion] ?? Number(options.motion);
  return { ...options, modules: [...options.modules], motion };
}

const defaults = {
  seed: 0,
  blocks: 28,
  tokens: 16,
  channels: 16,
  modules: ['self-attention', 'mlp'],
  steps: 30,
  schedule: 'flow',
  shift: 5,
  guidance: 1,
  shape: 'u',
  early: 0.5,
  middle: 0.06,
  late: 0.3,
  settle: 0.2,
  motion: 'normal',
  noise: 0.01,
  spectralNorm: 0.5,
  gates: 2,
  head: 0.4,
} satisfies SyntheticOptions;

function withoutUndefined(given: SyntheticOptions): SyntheticOptions {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function requireKnown(names: readonly string[]): void {
  const known = Object.keys(optionRules);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw wrong(
    unknown.map((name) => {
      const nearest = nearestName(name, known);
      return `${name}: unknown${nearest === undefined ? '' : `, did you mean ${nearest}?`}`;
    }),
  );
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
}

function wrong(issues: readonly string[]): SimError {
  return new SimError(
    'OPTION_INVALID',
    `[sim] syntheticDit: ${issues.join('; ')}. See SyntheticOptions for what each option means`,
  );
}
