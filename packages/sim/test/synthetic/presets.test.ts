import { bwcache } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  simulate,
  simulateBare,
  syntheticDit,
  syntheticPresets,
  type SyntheticDit,
  type SyntheticPresetName,
  type SyntheticRun,
} from '../../src/index.ts';
import { meanOver, modulatedChange, outputChange } from './curves.ts';

const names = Object.keys(syntheticPresets) as SyntheticPresetName[];

/** Few tokens: the conditioning, which the course of change hangs on, is the same. Each model is made and run once. */
const presets = Object.fromEntries(
  names.map((name) => {
    const dit = syntheticDit({ ...syntheticPresets[name].options, tokens: 2 });
    return [name, { dit, plain: simulateBare(dit) }];
  }),
) as Record<SyntheticPresetName, { dit: SyntheticDit; plain: SyntheticRun }>;

describe('presets', () => {
  test.each(names)('%s: BWCache triggers where the published speed-up implies', async (name) => {
    const { dit, plain } = presets[name];
    const { report } = await simulate(dit, bwcache({ threshold: 0.15, interval: '10%' }), { plain });
    const trigger = (report.mask['conditional'] ?? '').indexOf('0') - 1;
    const [earliest, latest] = syntheticPresets[name].trigger;
    expect(trigger).toBeGreaterThanOrEqual(earliest);
    expect(trigger).toBeLessThanOrEqual(latest);
  });

  test.each(names)('%s: the change of features is a U over the steps', async (name) => {
    const { dit, plain } = presets[name];
    const curve = await modulatedChange(dit, plain);
    const middle = meanOver(curve, 0.5, 0.8);
    expect(meanOver(curve, 0, 0.1)).toBeGreaterThan(3 * middle);
    expect(meanOver(curve, 0.97, 1)).toBeGreaterThan(1.8 * middle);
  });

  test('open-sora-plan goes up and down in its first steps', async () => {
    const { dit, plain } = presets['open-sora-plan'];
    const curve = await modulatedChange(dit, plain);
    const early = curve.slice(0, 20);
    const turns = early.filter((value, index) => {
      const [before, after] = [early[index - 1], early[index + 1]];
      return before !== undefined && after !== undefined && (value - before) * (value - after) > 0;
    });
    expect(turns.length).toBe(18);
  });

  test('predictions change in a U for Open-Sora, and only at the end for Latte and Open-Sora-Plan', () => {
    const change = (name: SyntheticPresetName) => outputChange(presets[name].plain);
    const openSora = change('open-sora-1.2');
    expect(meanOver(openSora, 0, 0.1)).toBeGreaterThan(1.5 * meanOver(openSora, 0.3, 0.6));
    expect(meanOver(openSora, 0.9, 1)).toBeGreaterThan(1.5 * meanOver(openSora, 0.3, 0.6));
    for (const name of ['latte', 'open-sora-plan'] as const) {
      const curve = change(name);
      expect(meanOver(curve, 0, 0.1)).toBeLessThan(meanOver(curve, 0.4, 0.6));
      expect(meanOver(curve, 0.95, 1)).toBeGreaterThan(5 * meanOver(curve, 0.4, 0.6));
    }
  });
});

describe('shapes', () => {
  const changeOf = async (shape: 'l' | 'inverted-l' | 'flat') => {
    const dit = syntheticDit({ shape, blocks: 8, tokens: 4, steps: 40 });
    return modulatedChange(dit, simulateBare(dit));
  };

  test('an L is high at first only, an inverted L at the end only, flat nowhere', async () => {
    const [l, inverted, flat] = [await changeOf('l'), await changeOf('inverted-l'), await changeOf('flat')];
    expect(meanOver(l, 0, 0.1)).toBeGreaterThan(3 * meanOver(l, 0.7, 1));
    expect(meanOver(inverted, 0.97, 1)).toBeGreaterThan(2 * meanOver(inverted, 0, 0.5));
    expect(Math.max(...flat)).toBeLessThan(2 * Math.min(...flat));
  });

  test('changes are about as large as the options say, and grow with motion', async () => {
    const curveOf = async (motion: 'still' | 'normal' | 'fast') => {
      const dit = syntheticDit({ shape: 'flat', middle: 0.2, noise: 0, motion, blocks: 8, steps: 20 });
      return meanOver(await modulatedChange(dit, simulateBare(dit)), 0, 1);
    };
    const [still, normal, fast] = [await curveOf('still'), await curveOf('normal'), await curveOf('fast')];
    expect(normal).toBeGreaterThan(0.15);
    expect(normal).toBeLessThan(0.25);
    expect(still).toBeLessThan(0.65 * normal);
    expect(fast).toBeGreaterThan(1.3 * normal);
  });
});
