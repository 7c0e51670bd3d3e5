/**
 * Wraps a hand-written model of four blocks with BWCache, and compares the result with the plain run.
 *
 * Run it: npx tsx --conditions=@refrain/source examples/wrap-your-own/index.ts
 */
import {
  bwcache,
  fromBlocks,
  never,
  refrain,
  type Float32Feature,
  type Policy,
  type RunReport,
} from '@refrain/core';

const SIZE = 64;
const STEPS = 30;
const timesteps = Array.from({ length: STEPS }, (_, step) => 1 - step / STEPS);

/** What the model is given: the noisy sample, and the time from 1 (noise) to 0. */
interface Input {
  readonly sample: Float32Array;
  readonly time: number;
}

/** Norm and modulation by the time: what a block's attention would see. */
function modulate(x: Float32Feature, time: number, index: number): Float32Array {
  const array = x as Float32Array;
  const scale = 1 + 0.3 * Math.sin(3 * time + index);
  const size = Math.hypot(...array) / Math.sqrt(array.length);
  return array.map((value) => (value / (size + 1e-6)) * scale);
}

/** A residual block: mixes neighbours, x + 0.2 · tanh(neighbours of the modulated input). */
function block(index: number) {
  return {
    name: `block ${index}`,
    modulated: (x: Float32Feature, time: number): Float32Array => modulate(x, time, index),
    run(x: Float32Feature, time: number): Float32Array {
      const seen = modulate(x, time, index);
      return (x as Float32Array).map(
        (value, at) => value + 0.2 * Math.tanh((seen[(at + 1 + index) % SIZE] ?? 0) - (seen[at] ?? 0)),
      );
    },
  };
}

// The model becomes a runner: how a pass begins, its blocks, how it ends.
const runner = fromBlocks([0, 1, 2, 3].map(block), {
  name: 'four blocks',
  enter: ({ sample, time }: Input) => ({ x: sample.slice(), context: time }),
  exit: (x, time) => (x as Float32Array).map((value) => value * (0.5 + time)),
});

/** One generation: the sampler asks the wrapped model instead of the model. */
async function generate(policy: Policy): Promise<{ sample: Float32Array; report: RunReport }> {
  const run = refrain(runner, policy).start({ timesteps });
  let sample = Float32Array.from({ length: SIZE }, (_, at) => Math.sin(12.9898 * at) * 1.5);
  for (const [step, time] of timesteps.entries()) {
    const velocity = await run.step({ sample, time }, { step });
    sample = sample.map((value, at) => value - (velocity[at] ?? 0) / STEPS);
  }
  return { sample, report: run.report() };
}

/** Generates plainly and cached, and says what caching saved and cost. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const plain = await generate(never());
  const cached = await generate(bwcache({ threshold: 0.03, interval: 3 }));
  const difference = Math.max(...cached.sample.map((value, at) => Math.abs(value - (plain.sample[at] ?? 0))));
  const { policy, mask, reuseRate, warnings } = cached.report;
  print(policy);
  print(`computed  ${mask['conditional']}`);
  print(`reused    ${(reuseRate * 100).toFixed(0)} % of the blocks`);
  print(`largest difference from the plain sample ${difference.toFixed(3)}`);
  for (const { message } of warnings) print(`warning: ${message}`);
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
