// A program of its own, so that its garbage can be collected when it wants: `node --expose-gc`. Runs generations on real
// float32 features, of which a third is aborted somewhere, and prints what is held and how large the heap is.
import { bwcache, fora, fromBlocks, refrain, taylorseer, type Float32Feature } from '@refrain/core';
import fc from 'fast-check';
import { interruptions } from '@refrain/testing';

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error('run with --expose-gc');

/** Array buffers are swept beside the program, and counted as freed a little later: several times until all are. */
async function collectAll(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collect?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const GENERATIONS = 1000;
const STEPS = 6;
const block = (x: Float32Feature): Float32Feature => (x as Float32Array).map((value) => value * 0.99 + 0.01);
const plain = { run: block, modulated: block };
const runner = fromBlocks([plain, plain]);
const models = [
  fora({ interval: 2, cache: 'stack' }),
  bwcache({ threshold: 0.5, interval: 1 }),
  taylorseer({ cache: 'stack', interval: 3, order: 2 }),
].map((policy) => refrain(runner, policy));
const drawn = fc.sample(interruptions(STEPS), { numRuns: GENERATIONS, seed: 1 });

let held = 0;
let aborted = 0;
const heaps: number[] = [];
for (const [generation, { after, by }] of drawn.entries()) {
  const abort = new AbortController();
  const model = models[generation % models.length];
  const timesteps = Array.from({ length: STEPS }, (_, step) => STEPS - step);
  const run = model?.start({ timesteps, signal: abort.signal });
  for (let step = 0; step < Math.max(1, after); step++)
    await run?.step(new Float32Array(16_384).fill(generation), { step });
  if (by === 'abort') abort.abort();
  else run?.end();
  if (after < STEPS) aborted += 1;
  held += run?.report().bytes.held ?? 0;
  // The first generations warm the engine up.
  if (generation % 250 === 249) {
    await collectAll();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    heaps.push(heapUsed + arrayBuffers);
  }
}
console.log(JSON.stringify({ generations: drawn.length, aborted, held, heaps }));
