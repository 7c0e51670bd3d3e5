import { readFileSync } from 'node:fs';
import { hasStepMask, PolicyConfigError, stepMask, stepMaskPresets } from '@refrain/core';
import { describe, expect, test } from 'vitest';

const file = new URL('../../../../parity/data/cache-dit-scm-masks.json', import.meta.url);
const recorded = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);

function result(key: string): string {
  const [name, steps] = key.split(':');
  const preset = stepMaskPresets.find((one) => one === name);
  if (!preset) throw new Error(`no preset ${name}`);
  try {
    return stepMask(preset, Number(steps));
  } catch (error) {
    return error instanceof PolicyConfigError ? 'ERR AssertionError' : String(error);
  }
}

describe('a step mask', () => {
  test('is the one that cache-dit makes', () => {
    expect(recorded.length).toBeGreaterThan(100);
    for (const [key, mask] of recorded) expect([key, result(key)]).toStrictEqual([key, mask]);
  });

  // Printed with the project's documentation.
  test.each([
    ['slow', '1111111101110011100110010001'],
    ['medium', '1111110110001100011000110001'],
    ['fast', '1111110100010000100000100001'],
    ['ultra', '1111001000001000000100000001'],
  ] as const)('of 28 steps, %s', (preset, mask) => {
    expect(stepMask(preset, 28)).toBe(mask);
  });

  test('has a digit for each step, computes the first and the last, and computes no more the faster it is', () => {
    for (let steps = 4; steps <= 200; steps++) {
      if (!hasStepMask(steps)) continue;
      const all = stepMaskPresets.map((preset) => stepMask(preset, steps));
      for (const mask of all) {
        expect(mask).toHaveLength(steps);
        expect(mask).toMatch(/^1[01]*1$/);
      }
      const computed = all.map((mask) => mask.replaceAll('0', '').length);
      expect(computed).toStrictEqual(computed.toSorted((a, b) => b - a));
    }
  });

  test.each([0, 1, 2, 3, 5, 7, -4, 8.5, Number.NaN, Infinity])('does not exist for %d steps', (steps) => {
    expect(hasStepMask(steps)).toBe(false);
    expect(() => stepMask('slow', steps)).toThrow(/expected 4, 6, or at least 8 steps, got/);
  });
});
