import type { SyntheticDit } from './synthetic-dit.ts';

/** Lipschitz constants of one module in the 2-norm, the largest over all steps and branches. */
export interface ModuleLipschitz {
  /** Of the module, for example `blocks.3/mlp`. */
  readonly name: string;
  /** Of the value tanh(W x + b): the spectral norm of W, since tanh has slopes of at most 1. */
  readonly value: number;
  /** Of what is added to the stream: gate times that. */
  readonly increment: number;
  /** Of the module with the stream around it: 1 + increment. */
  readonly stream: number;
}

/** Lipschitz constants at one step. */
export interface StepLipschitz {
  /** Of all blocks together. */
  readonly stack: number;
  /** Of one branch's prediction as a function of the sample. */
  readonly prediction: number;
  /** Of the whole step, from sample to next sample, with guidance. */
  readonly step: number;
}

/** Lipschitz constants of a synthetic DiT in the 2-norm. */
export interface LipschitzConstants {
  /** Of the way in: an orthogonal map. */
  readonly enter: number;
  readonly modules: readonly ModuleLipschitz[];
  /** Of each block from its input to its output. */
  readonly blocks: readonly number[];
  /** Of all blocks together, largest over the steps. */
  readonly stack: number;
  /** Of the head as a function of the stream: gain times its norm, largest over the steps. */
  readonly head: number;
  /** Of one branch's prediction as a function of the sample, largest over the steps. */
  readonly prediction: number;
  /** At position k of the stream: how much the prediction changes at most for a change of 1 there, largest over the steps. */
  readonly travel: readonly number[];
  readonly steps: readonly StepLipschitz[];
  /** Of the whole run, from first noise to finished sample: the product over the steps. */
  readonly run: number;
}

/**
 * Lipschitz constants of a synthetic DiT, computed from its spectral norms, gates and preconditioning. They hold for exact
 * arithmetic; drift bounds add what float32 rounds.
 *
 * @param dit - see {@link syntheticDit}
 */
export function lipschitzOf(dit: SyntheticDit): LipschitzConstants {
  const { network, sampling, options } = dit;
  const steps = sampling.sampler.timesteps.map((timestep, step) => stepLipschitz(dit, timestep, step));
  const gates = largestGates(dit);
  const modules = network.modules.map(({ name, spectralNorm }, index) => {
    const increment = spectralNorm * (gates[index] as number);
    return { name, value: spectralNorm, increment, stream: 1 + increment };
  });
  const head = largest(steps, (step) => step.head);
  const blocks = Array.from({ length: options.blocks }, (_, block) =>
    product(
      modules.filter((_, index) => network.modules[index]?.block === block).map(({ stream }) => stream),
    ),
  );
  const length = modules.length;
  return {
    enter: 1,
    modules,
    blocks,
    stack: largest(steps, ({ stack }) => stack),
    head,
    prediction: largest(steps, ({ prediction }) => prediction),
    travel: Array.from({ length: length + 1 }, (_, position) =>
      largest(steps, (step) => step.travel[position] as number),
    ),
    steps: steps.map(({ stack, prediction, step }) => ({ stack, prediction, step })),
    run: product(steps.map(({ step }) => step)),
  };
}

/** Scale factors of the branches in a guided prediction. */
export function guidanceWeights({ branches, options }: SyntheticDit): readonly number[] {
  return branches.length > 1 ? [options.guidance, 1 - options.guidance] : [1];
}

interface StepConstants extends StepLipschitz {
  readonly head: number;
  readonly travel: readonly number[];
}

function stepLipschitz(dit: SyntheticDit, timestep: number, step: number): StepConstants {
  const { network, branches, sampling } = dit;
  const { skip, gain } = network.momentAt(timestep);
  const head = Math.abs(gain) * network.headNorm;
  const inStream = branches.map((branch) => travelOf(dit, timestep, branch));
  const travels = inStream.map((travel) => travel.map((factor) => factor * head));
  const through = travels.map((travel) => travel[0] as number);
  const { sample, prediction } = sampling.coefficients[step] ?? {
    sample: Number.NaN,
    prediction: Number.NaN,
  };
  const guided = guidanceWeights(dit).reduce(
    (sum, weight, index) => sum + Math.abs(weight) * (through[index] as number),
    0,
  );
  return {
    head,
    stack: Math.max(...inStream.map((travel) => travel[0] as number)),
    travel: (travels[0] as number[]).map((_, position) =>
      Math.max(...travels.map((travel) => travel[position] as number)),
    ),
    prediction: Math.abs(skip) + Math.max(...through),
    // The skip and the sampler's own part are multiples of the sample, so they are added before their size is taken.
    step: Math.abs(sample + prediction * skip) + Math.abs(prediction) * guided,
  };
}

/** From each position to the end of the stream. */
function travelOf({ network }: SyntheticDit, timestep: number, branch: string): number[] {
  const states = network.statesAt(timestep, branch);
  const travel = [1];
  for (let index = states.length - 1; index >= 0; index--) {
    const growth = 1 + (states[index]?.gate ?? 0) * (network.modules[index]?.spectralNorm ?? 0);
    travel.unshift((travel[0] as number) * growth);
  }
  return travel;
}

function largestGates({ network, sampling, branches }: SyntheticDit): readonly number[] {
  const all = sampling.sampler.timesteps.flatMap((timestep) =>
    branches.map((branch) => network.statesAt(timestep, branch)),
  );
  return network.modules.map((_, index) => largest(all, (states) => states[index]?.gate ?? 0));
}

function largest<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, sizeOf(item)), 0);
}

function product(factors: readonly number[]): number {
  return factors.reduce((all, factor) => all * factor, 1);
}
