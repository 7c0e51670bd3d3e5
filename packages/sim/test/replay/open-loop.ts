import {
  float32Ops,
  outputOf,
  refrain,
  SAMPLE,
  streamOf,
  type BlockRunner,
  type Float32Feature,
  type Policy,
  type RunnerTap,
  type RunOptions,
  type RunReport,
  type SiteInfo,
  type StepPlace,
} from '@refrain/core';
import { record, type Recording } from '@refrain/sim';

/** The input of a pass is the place where it stands. */
type Place = Required<StepPlace>;

/** Shape of a run on the open-loop runner. */
export interface OpenLoopCase {
  readonly blocks: number;
  readonly modules: readonly (
    'self-attention' | 'spatial-attention' | 'temporal-attention' | 'cross-attention' | 'mlp' | 'other'
  )[];
  readonly steps: number;
  readonly branches: readonly string[];
  readonly callsPerStep: number;
  /** Makes features differ from case to case. */
  readonly seed: number;
  /** How much they change from step to step. */
  readonly speed: number;
}

const ELEMENTS = 6;

/**
 * A runner whose features depend on step, branch and position only, never on what comes in: whatever a policy reuses, the
 * next computed feature is that of the plain run. All elements are equal, so that sketches are exact.
 */
export function openLoopRunner(shape: OpenLoopCase): BlockRunner<Place, Float32Feature, Float32Feature> {
  const sites = sitesOf(shape);
  const { length } = streamOf(sites);
  const featureAt = (key: string, at: number, info: Place): Float32Feature =>
    new Float32Array(ELEMENTS).fill(valueAt(shape, `${key} ${at}`, info));
  const tapAt = (tap: RunnerTap, info: Place): Float32Feature =>
    tap.of === 'conditioning' ? featureAt('conditioning', 0, info) : featureAt(tap.of, tap.at, info);
  return {
    name: 'open loop',
    sites,
    conditioning: ['timestep-embedding'],
    ops: float32Ops,
    model: {
      sample: (place) => featureAt('stream', SAMPLE, place),
      feature: (output) => (output as Float32Array).slice(),
      output: (feature) => (feature as Float32Array).slice(),
    },
    enter(_, info) {
      return {
        x: featureAt('stream', 0, info),
        span: ({ until, taps }) => ({
          x: featureAt('stream', until, info),
          taps: taps.map(({ tap }) => tapAt(tap, info)),
        }),
        look: (_at, _x, taps) => taps.map(({ tap }) => tapAt(tap, info)),
        exit: () => featureAt('stream', outputOf(length), info),
      };
    },
  };
}

function sitesOf({ blocks, modules }: OpenLoopCase): SiteInfo[] {
  const width = Math.max(1, modules.length);
  return Array.from({ length: blocks }, (_, block): SiteInfo[] => {
    const [name, from] = [`block ${block}`, block * width];
    return [
      { level: 'block', name, family: 'toy', from, until: from + width, modulated: true },
      ...modules.map((kind, index): SiteInfo => {
        const at = from + index;
        return { level: 'inner', name: `${name}/${index}`, kind, block: name, from: at, until: at + 1 };
      }),
    ];
  }).flat();
}

/** Smooth in the step, with a phase of its own for each place. */
function valueAt({ seed, speed }: OpenLoopCase, key: string, { step, call, branch }: Place): number {
  let hash = seed >>> 0;
  for (const character of `${key}|${call}|${branch}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const phase = (hash % 1000) / 159;
  return 2 + (hash % 7) + Math.sin(speed * step * step * 0.05 + speed * step + phase);
}

/** Options of a run of the case. */
function optionsOf({ steps, branches, callsPerStep }: OpenLoopCase): RunOptions {
  return {
    timesteps: Array.from({ length: steps }, (_, step) => 1000 - (990 * step) / steps),
    branches,
    callsPerStep,
  };
}

async function carry(
  run: { step(input: Place, place: Place): Promise<unknown> },
  { steps, branches, callsPerStep }: OpenLoopCase,
): Promise<void> {
  for (let step = 0; step < steps; step++)
    for (let call = 0; call < callsPerStep; call++)
      for (const branch of branches) await run.step({ step, branch, call }, { step, branch, call });
}

/** The report of the executor. */
export async function runOpenLoop(shape: OpenLoopCase, policy: Policy): Promise<RunReport> {
  const run = refrain(openLoopRunner(shape), policy).start(optionsOf(shape));
  await carry(run, shape);
  return run.report();
}

/** A recording of the plain run. */
export async function recordOpenLoop(shape: OpenLoopCase, stride = 1): Promise<Recording> {
  const run = record(openLoopRunner(shape), { stride, label: 'open loop' }).start(optionsOf(shape));
  await carry(run, shape);
  return run.recording();
}
