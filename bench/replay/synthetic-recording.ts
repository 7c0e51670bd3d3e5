import { record, syntheticDit, syntheticPresets, type RecordedLane, type Recording } from '@refrain/sim';

/** A recording of a synthetic transformer of 12 blocks of three modules, with the steps and the sampler of Latte: 50. */
export async function syntheticRecording(): Promise<Recording> {
  const dit = syntheticDit({
    ...syntheticPresets.latte.options,
    blocks: 12,
    tokens: 4,
    channels: 8,
    seed: 7,
  });
  const { sampler } = dit.sampling;
  const run = record(dit, { stride: 1, label: 'synthetic' }).start({ timesteps: sampler.timesteps });
  let sample = dit.noise();
  for (const step of sampler.timesteps.keys())
    sample = sampler.step(sample, await run.step({ sample }, { step }), step);
  return run.recording();
}

/**
 * The same run with only every so many of its steps.
 *
 * @param recording - of more steps
 * @param stride - 1 keeps all
 */
export function thinned(recording: Recording, stride: number): Recording {
  const kept = recording.timesteps.flatMap((_, step) => (step % stride === 0 ? [step] : []));
  const { steps, taps, timesteps, lanes } = recording;
  const rows = (of: number): readonly number[] => kept.map((step) => of * steps + step);
  const pairs = (of: number): readonly number[] =>
    rows(of).flatMap((row) => kept.map((step) => row * steps + step));
  const pick = (values: Float32Array, at: (of: number) => readonly number[]): Float32Array =>
    Float32Array.from(taps.flatMap((_, tap) => at(tap)).map((index) => values[index] ?? 0));
  return {
    ...recording,
    steps: kept.length,
    timesteps: kept.map((step) => timesteps[step] ?? 0),
    lanes: lanes.map(({ branch, call, change, magnitude, ratios, products }): RecordedLane => ({
      branch,
      call,
      change: pick(change, pairs),
      magnitude: pick(magnitude, rows),
      ...(ratios && { ratios: Float32Array.from(kept, (step) => ratios[step] ?? 1) }),
      ...(products && { products: Float64Array.from(pairs(0), (index) => products[index] ?? 0) }),
    })),
  };
}
