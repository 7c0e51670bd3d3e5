import { readFileSync } from 'node:fs';
import { bwcache, fromBlocks, pab, refrain, teacache } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { runAll, runOnModulated } from '../toy.ts';

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`data/${file}`, import.meta.url), 'utf8'));
}

interface BwcacheCase {
  readonly name: string;
  readonly config: {
    readonly threshold: number;
    readonly reuse_interval: number;
    readonly last_step: number;
  };
  readonly modulated: readonly (readonly number[])[];
  readonly compute: string;
  readonly mean_rel_l1: readonly (number | null)[];
}

describe('BWCache decides as the released code', () => {
  for (const { name, config, modulated, compute, mean_rel_l1 } of read(
    'bwcache.json',
  ) as readonly BwcacheCase[])
    it(name, async () => {
      const { threshold, reuse_interval: interval, last_step: tail } = config;
      const report = await runOnModulated(bwcache({ threshold, interval, tail }), modulated);
      expect(report.mask['conditional']).toBe(compute);
      const trigger = report.decisions.flatMap(({ why }) =>
        why.kind === 'below-threshold' ? [why.value] : [],
      )[0];
      const below = mean_rel_l1.find((mean) => mean !== null && mean < threshold);
      expect(trigger).toBe(below);
    });
});

interface TeaCacheCase {
  readonly name: string;
  readonly inputs: { readonly modulated: readonly number[]; readonly repeat: number };
  readonly config: { readonly rel_l1_thresh: number };
  readonly compute: string;
}

/** Published for FLUX.1-dev by ali-vilab/TeaCache, highest power first. */
const FLUX = [4.98651651e2, -2.83781631e2, 5.58554382e1, -3.82021401, 2.64230861e-1];

describe('TeaCache decides as TeaCache4FLUX', () => {
  for (const { name, inputs, config, compute } of read('teacache-flux.json') as readonly TeaCacheCase[])
    it(name, async () => {
      let masks = '';
      for (let generation = 0; generation < inputs.repeat; generation++) {
        const policy = teacache({ threshold: config.rel_l1_thresh, coefficients: FLUX });
        const report = await runOnModulated(
          policy,
          inputs.modulated.map((value) => [value]),
        );
        masks += report.mask['conditional'];
      }
      expect(masks).toBe(compute);
    });
});

interface PabCase {
  readonly name: string;
  readonly config: {
    readonly range: number;
    readonly threshold: readonly [number, number];
    readonly timesteps: readonly number[];
  };
  readonly compute: string;
}

describe('PAB decides as VideoSys', () => {
  for (const { name, config, compute } of read('videosys-pab.json') as readonly PabCase[])
    it(name, async () => {
      const kind =
        (['spatial', 'temporal', 'cross'] as const).find((word) => name.includes(word)) ?? 'spatial';
      const runner = fromBlocks([
        {
          modules: [
            {
              kind: `${kind}-attention` as const,
              compute: (x) => (x as Float32Array).map(() => 1),
              apply: (x, value) =>
                (x as Float32Array).map((item, index) => item + ((value as Float32Array)[index] ?? 0)),
            },
          ],
        },
      ]);
      const [low, high] = config.threshold;
      const policy = pab({ spatial: 1, temporal: 1, cross: 1, [kind]: config.range, low, high });
      const report = await runAll(refrain(runner, policy), { timesteps: config.timesteps }, () =>
        Float32Array.of(1),
      );
      expect(report.mask['conditional']).toBe(compute);
    });
});
