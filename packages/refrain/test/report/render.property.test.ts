import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderReport } from '../../src/report/render.ts';
import { all, parsePage, texts, unbalancedTags } from './parsed-page.ts';
import { randomReport } from './random-report.ts';

test('any data give a balanced page without broken numbers, in which names are text', () => {
  fc.assert(
    fc.property(randomReport, (data) => {
      const html = renderReport(data);
      const page = parsePage(html);
      expect(unbalancedTags(html)).toEqual([]);
      expect(all(page, 'script').length).toBe(1);
      const content = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
      expect(content.match(/.{0,80}(NaN|undefined|Infinity|\[object|https?:).{0,20}/)?.[0]).toBeUndefined();
      const policies = [...new Set(data.comparison.rows.map(({ policy }) => policy))];
      expect(texts(page, '.overall .policy')).toEqual(policies);
      expect(texts(page, '.single th')).toEqual(
        policies.flatMap((policy) =>
          data.comparison.rows.filter((row) => row.policy === policy).map(({ prompt }) => prompt),
        ),
      );
    }),
    { numRuns: 60 },
  );
});
