import { describe, expect, test } from 'vitest';
import { bandsOf } from '../../src/report/bands.ts';
import { colourAt } from '../../src/report/colour-scale.ts';
import { pictureSource } from '../../src/report/data-uri.ts';
import { bytes, decibels, factor, moment, percent, ranges, significant } from '../../src/report/format.ts';
import { escapeText, html } from '../../src/report/markup.ts';
import { judge } from '../../src/report/outcome.ts';
import { linearScale, logScale, stepTicks } from '../../src/report/scales.ts';
import { median } from '../../src/report/statistics.ts';
import { summarise, type PolicySummary } from '../../src/report/summary.ts';
import { sampleReport } from './fixtures.ts';

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

describe('outcome', () => {
  const policy = (speedup: number, psnr: number | null) => ({ speedup, psnr }) as PolicySummary;

  test('is the closest at the highest speed-up that half of the faster policies reach', () => {
    const [near, middle, far, same] = [policy(1.2, 40), policy(1.8, 35), policy(2.6, 28), policy(1, null)];
    expect(judge([same, near, middle, far])).toEqual({ floor: 1.75, closest: middle, fastest: far });
    expect(judge([same, near])).toEqual({ floor: 1.2, closest: near, fastest: near });
    expect(judge([same])).toEqual({ fastest: same });
    expect(judge([])).toEqual({});
  });

  test('figures of a policy are over its prompts', () => {
    const [never, first] = summarise(sampleReport().comparison);
    expect(never).toMatchObject({ psnr: null, identical: 3, reuseRate: 0, bytesHeld: 0 });
    expect(first?.rows.length).toBe(3);
    expect(first?.speedup).toBe(median(first?.rows.map(({ speedup }) => speedup) ?? []));
  });
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

describe('pictures', () => {
  test.each([
    ['data:image/png;base64,iVBORw0KGgo=', true],
    ['data:image/webp;base64,UklGRg==', true],
    ['data:image/svg+xml;base64,PHN2Zz4=', false],
    ['data:image/png;base64,"onerror="x', false],
    ['data:text/html;base64,PHN2Zz4=', false],
    ['https://example.org/a.png', false],
    ['data:image/png;base64,', false],
  ])('%s: %s', (uri, allowed) => expect(pictureSource(uri) !== undefined).toBe(allowed));
});

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const level = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
