// A user's program, run by every supported Node on the installed packages: a model of four blocks, cached.
import { bwcache, fromBlocks, never, refrain } from '@refrain/core';
import { loadTransformer } from '@refrain/latte-mini';
import { createRequire } from 'node:module';

const steps = 20;
const timesteps = Array.from({ length: steps }, (_, step) => 1000 * (1 - step / steps));

/** @type {import('@refrain/core').BlockFunction<number>} */
const block = (x, time) => array(x).map((value) => value + 0.1 * Math.tanh(value + time / 1000));

/** @type {import('@refrain/core').BlockFunction<number>} */
const modulated = (x) => x;

const runner = fromBlocks(
  Array.from({ length: 4 }, () => ({ run: block, modulated })),
  {
    enter: (/** @type {Float32Array} */ x, { timestep }) => ({ x, context: timestep }),
  },
);

/** @param {import('@refrain/core').Policy} policy */
async function generate(policy) {
  const run = refrain(runner, policy).start({ timesteps });
  let sample = Float32Array.from({ length: 256 }, (_, index) => Math.sin(index));
  for (const step of timesteps.keys()) {
    const velocity = array(await run.step(sample, { step }));
    sample = sample.map((value, index) => value - (velocity[index] ?? NaN) / steps);
  }
  return { sample, report: run.report() };
}

/**
 * @param {import('@refrain/core').Float32Feature} feature
 * @returns {Float32Array}
 */
function array(feature) {
  ensure(feature instanceof Float32Array, 'expected one array');
  return feature;
}

/**
 * @param {boolean} holds
 * @param {string} message
 * @returns {asserts holds}
 */
function ensure(holds, message) {
  if (!holds) throw new Error(message);
}

const plain = await generate(never());
const cached = await generate(bwcache({ threshold: 0.15 }));
ensure(plain.report.reuseRate === 0, 'expected no reuse without a policy');
ensure(cached.report.reuseRate > 0, `expected reuse, got ${JSON.stringify(cached.report)}`);
ensure(cached.sample.every(Number.isFinite), 'expected finite values');

const required = createRequire(import.meta.url)('@refrain/core');
ensure(required.refrain === refrain, 'expected require() and import to give one module');

const from = import.meta.resolve('@refrain/core');
ensure(from.endsWith('/dist/index.js'), `expected the built package, got ${from}`);

const { verification } = await loadTransformer();
console.log(
  `Node ${process.versions.node}: ${cached.report.policy} reused ${(100 * cached.report.reuseRate).toFixed(0)} %, ` +
    `model ${verification}`,
);
