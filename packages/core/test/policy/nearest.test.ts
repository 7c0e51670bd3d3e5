import fc from 'fast-check';
import { nearestName } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { editDistance } from '../../src/policy/nearest.ts';
import { fuzz } from '../seed.ts';

describe('editDistance', () => {
  const word = fc.stringMatching(/^[abc]{0,6}$/);

  test('knows the textbook example', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  test('is zero for equal words only, symmetric, and triangular', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
      fuzz,
    );
  });
});

describe('nearestName', () => {
  test('finds a typing mistake, whatever the case', () => {
    expect(nearestName('Teacahce', ['fora', 'teacache', 'pab'])).toBe('teacache');
  });

  test('suggests nothing for another word', () => {
    expect(nearestName('elephant', ['fora', 'teacache', 'pab'])).toBeUndefined();
  });
});
