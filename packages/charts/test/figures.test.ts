import { describe, expect, test } from 'vitest';
import {
  bandsOf,
  bytes,
  colourAt,
  decibels,
  escapeText,
  factor,
  html,
  linearScale,
  logScale,
  median,
  moment,
  percent,
  ranges,
  significant,
  stepTicks,
} from '../src/index.ts';

describe('text', () => {
  test('is escaped unless it is markup', () => {
    expect(html`<p title="${'"<&'}">${'<b>'}${html`<i>${1}</i>`}${[null, false, undefined]}</p>`.text).toBe(
      '<p title="&quot;&lt;&amp;">&lt;b&gt;<i>1</i></p>',
    );
  });

  test('loses what HTML forbids', () => {
    expect(escapeText('a\u0000b\u001bc\ud800d\te')).toBe('a\ufffdb\ufffdc\ufffdd\te');
  });

  test('numbers have units, and a dash where they are missing', () => {
    expect([factor(1.625), percent(0.41), percent(0.031), decibels(null), decibels(38.24)]).toEqual(
      ['1.63×', '41 %', '3.1 %', 'identical', '38.2 dB'].map((text) => text.replace(' ', '\u00a0')),
    );
    expect([factor(Number.NaN), percent(Infinity), decibels(Number.NaN), bytes(Number.NaN)]).toEqual(
      Array(4).fill('–'),
    );
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_999, '1.0 MB'],
    [3_670_016, '3.7 MB'],
    [250_000_000, '250 MB'],
  ])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text.replace(' ', '\u00a0')));

  test('small, large and round quantities', () => {
    expect([0.021349, 0.1, 0, 1e-7].map((value) => significant(value))).toEqual([
      '0.0213',
      '0.1',
      '0',
      '1.00e−7',
    ]);
    expect(ranges([0, 1, 2, 5, 7, 8])).toBe('0–2, 5, 7–8');
    expect(moment('2026-11-22T15:33:37.000Z')).toBe('22 November 2026, 15:33 UTC');
    expect(moment('today')).toBe('today');
  });
});

describe('scales', () => {
  test('lightness of the colours only rises', () => {
    const luminances = Array.from({ length: 101 }, (_, index) => luminance(colourAt(index / 100)));
    luminances.slice(1).forEach((value, index) => expect(value).toBeGreaterThan(luminances[index] ?? 0));
    expect((luminances[100] ?? 0) / (luminances[0] ?? 1)).toBeGreaterThan(20);
  });

  test('ticks are round and inside', () => {
    expect(logScale([0.012, 0.34]).ticks).toEqual([0.01, 0.02, 0.05, 0.1, 0.2]);
    expect(linearScale([0.99, 2.63], 6).ticks).toEqual([1, 1.5, 2, 2.5]);
    expect(stepTicks(30)).toEqual([0, 5, 10, 15, 20, 25]);
    expect(stepTicks(1)).toEqual([0]);
  });

  test('hold with nothing, one value, and zero', () => {
    for (const scale of [
      logScale([]),
      logScale([0.1]),
      linearScale([]),
      linearScale([0]),
      linearScale([31, 31]),
    ]) {
      expect(scale.ticks.length).toBeGreaterThan(0);
      expect(scale.place(0.1)).toBeGreaterThanOrEqual(0);
      expect(scale.place(0.1)).toBeLessThanOrEqual(1);
    }
  });

  test('median is of the finite values', () => expect(median([3, Number.NaN, 1])).toBe(2));
});

describe('timelines', () => {
  const site = (kind: string) => ({ name: kind, kind });
  const timeline = (kinds: readonly string[], cells: readonly string[]) => ({
    policy: 'p',
    branch: 'cond',
    sites: kinds.map(site),
    cells,
    reasons: [],
  });

  test('sites that all did the same share one row', () => {
    expect(bandsOf(timeline(['block', 'block'], ['10', '10']))).toMatchObject([
      { label: 'all 2 sites', rows: ['10'] },
    ]);
  });

  test('otherwise each kind has a band, and a row for each site that differs', () => {
    const bands = bandsOf(
      timeline(['mlp', 'cross-attention', 'mlp', 'cross-attention'], ['11', '10', '11', '01']),
    );
    expect(bands.map(({ label, rows }) => [label, rows])).toEqual([
      ['mlp ×2', ['11']],
      ['cross-attention ×2', ['10', '01']],
    ]);
  });
});

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const level = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
