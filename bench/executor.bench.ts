/**
 * What the executor costs: generations under `never` against the bare runner on latte-mini, interleaved step by step,
 * and the executor alone on a runner that does nothing.
 *
 * Run it: npx tsx --conditions=@refrain/source bench/executor.bench.ts [--rounds N]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { never, refrain, type BlockRunner } from '@refrain/core';
import { median } from '@refrain/charts';
import { runLockstep } from '../packages/refrain/src/compare/lockstep.ts';
import { embedBranches } from '../packages/refrain/src/pipeline/generation.ts';
import { openPipeline } from '../packages/refrain/src/pipeline/pipeline.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);

/** Plain time by time under `never`, for each round. */
async function onTheModel(): Promise<readonly number[]> {
  const pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
  const { steps, shift, guidanceScale: guidance } = pipeline.config.sampler;
  const embeddings = await embedBranches(pipeline, 'large red circle bounce fast black', guidance);
  const ratios: number[] = [];
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const { plain, cached } = await runLockstep(
      pipeline,
      [never()],
      embeddings,
      { steps, shift, guidance, seed: round },
      () => {},
    );
    if (round > 0) ratios.push((cached[0]?.seconds ?? Number.NaN) / plain.seconds);
  }
  await pipeline.dispose();
  return ratios;
}

/** A runner whose passes cost nothing. */
const idle: BlockRunner<object, object, object> = {
  name: 'idle',
  sites: [{ level: 'block', name: 'block', family: 'blocks', from: 0, until: 1, modulated: false }],
  ops: {
    bytes: () => 0,
    shape: () => '',
    subtract: () => ({}),
    combine: () => ({}),
    relativeL1: (pairs) => pairs.map(() => ({ numerator: 0, denominator: 1, count: 1 })),
    sketch: () => ({}),
    dispose: () => {},
  },
  enter: () => ({ x: {}, span: () => ({ x: {}, taps: [] }), exit: () => ({}) }),
};

/** Microseconds of one pass of the executor alone. */
async function onNothing(): Promise<readonly number[]> {
  const steps = 1000;
  const timesteps = Array.from({ length: steps }, (_, step) => steps - step);
  const times: number[] = [];
  for (let round = 0; round <= rounds * 4; round++) {
    const run = refrain(idle, never()).start({ timesteps });
    const start = performance.now();
    for (let step = 0; step < steps; step++) await run.step({}, { step });
    if (round > 0) times.push(((performance.now() - start) / steps) * 1000);
  }
  return times;
}

const [before] = loadavg();
const passes = await onNothing();
const ratios = await onTheModel();
const spread = ratios.map((ratio) => ratio.toFixed(3)).join(', ');
console.log(
  `executor alone: ${median(passes).toFixed(1)} µs a pass (least ${Math.min(...passes).toFixed(1)} µs)`,
);
console.log(`never by the bare runner: ${median(ratios).toFixed(3)} (median of ${rounds} rounds: ${spread})`);
console.log(`load average ${before?.toFixed(2)} before, ${loadavg()[0]?.toFixed(2)} after`);
