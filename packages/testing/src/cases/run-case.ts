import type { ModuleKind, RunOptions } from '@refrain/core';
import fc from 'fast-check';

/** In which order a sampler runs through its timesteps, and in which unit. */
export type SamplerOrder = 'descending' | 'ascending' | 'sigmas' | 'zigzag';

/** The shape of a run and of the runner that it goes to. Plain data. */
export interface RunCase {
  readonly steps: number;
  readonly blocks: number;
  /** Modules of each block; none when the runner offers blocks only. */
  readonly modules: readonly ModuleKind[];
  readonly branches: readonly string[];
  readonly callsPerStep: number;
  /** Left out: `descending`, from 1000. */
  readonly sampler?: SamplerOrder;
}

/** Sites on one level (blocks) and on two (blocks and what is in them). */
export const moduleLists: readonly (readonly ModuleKind[])[] = [
  [],
  ['mlp'],
  ['self-attention'],
  ['spatial-attention', 'mlp'],
  ['temporal-attention', 'cross-attention', 'mlp'],
];

/**
 * Shapes of runs: 1 to 200 steps, 1 to 60 blocks, sites on one level or two, one or two branches, one or two calls a
 * step, timesteps in any order. Most are small, since that is where faults are found soonest; some are as long as real ones.
 *
 * @param modules - what is in a block, one of these
 */
export function runCases(modules: readonly (readonly ModuleKind[])[] = moduleLists): fc.Arbitrary<RunCase> {
  return fc.record({
    steps: fc.oneof(
      { weight: 90, arbitrary: fc.integer({ min: 1, max: 10 }) },
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 50 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 200 }) },
    ),
    blocks: fc.oneof(
      { weight: 90, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 12 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
    ),
    modules: fc.constantFrom(...modules),
    branches: fc.constantFrom(['conditional'], ['conditional', 'unconditional']),
    callsPerStep: fc.constantFrom(1, 1, 2),
    sampler: fc.constantFrom<SamplerOrder>('descending', 'descending', 'ascending', 'sigmas', 'zigzag'),
  });
}

/**
 * The timesteps of a run, from 1000 down unless said otherwise. A zigzag goes down and up again, as samplers do that add
 * noise on their way.
 */
export function timestepsOf(count: number, sampler: SamplerOrder = 'descending'): number[] {
  const falling = Array.from({ length: count }, (_, step) => 1000 * (1 - step / count));
  switch (sampler) {
    case 'descending':
      return falling;
    case 'ascending':
      return falling.toReversed();
    case 'sigmas':
      return falling.map((timestep) => timestep / 1000);
    case 'zigzag':
      return falling.map((timestep, step) => (step % 3 === 2 ? timestep + 2500 / count : timestep));
  }
}

/** The options of a case's run. */
export function optionsOf({
  steps,
  branches,
  callsPerStep,
  sampler,
}: RunCase): RunOptions & { readonly branches: readonly string[]; readonly callsPerStep: number } {
  return { timesteps: timestepsOf(steps, sampler), branches, callsPerStep };
}
