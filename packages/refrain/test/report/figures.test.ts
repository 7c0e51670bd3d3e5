import { median } from '@refrain/charts';
import { describe, expect, test } from 'vitest';
import { pictureSource } from '../../src/report/data-uri.ts';
import { judge } from '../../src/report/outcome.ts';
import { summarise, type PolicySummary } from '../../src/report/summary.ts';
import { sampleReport } from './fixtures.ts';

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
