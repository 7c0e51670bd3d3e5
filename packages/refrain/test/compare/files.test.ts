import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileName } from '../../src/compare/files.ts';

describe('file names', () => {
  it('are readable for prompts and policies', () => {
    expect(fileName('large red circle static black')).toBe('large-red-circle-static-black');
    expect(fileName('bwcache(threshold=0.05,interval=10%)')).toMatch(
      /^bwcache-threshold-0\.05-interval-10-[0-9a-f]{8}$/,
    );
  });

  it('tell texts apart that look alike', () => {
    const texts = [
      'red circle',
      'Red circle',
      'red-circle',
      'teacache(coefficients=1:0)',
      'teacache(coefficients=-1:0)',
      'bwcache(interval=10)',
      'bwcache(interval=10%)',
      '../../etc',
      '..',
      '.a',
      'a',
      'a b',
      'a=b',
      '',
    ];
    expect(new Set(texts.map(fileName)).size).toBe(texts.length);
  });

  it('stay inside their folder and are accepted by file systems, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fileName(text)).toMatch(/^[a-z0-9-][a-z0-9.-]{0,89}$/);
      }),
    );
  });
});
