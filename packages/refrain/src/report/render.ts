import { heatScale, html } from '@refrain/charts';
import { guide, reproduction } from './guide.ts';
import { header } from './header.ts';
import { judge } from './outcome.ts';
import { page } from './page.ts';
import { promptSection } from './prompt-section.ts';
import { numberPolicies } from './policy-numbers.ts';
import type { ReportData } from './report-data.ts';
import { scatter } from './scatter.ts';
import { summarise } from './summary.ts';
import { table } from './table.ts';

/**
 * Writes the report of a comparison as one HTML page that holds everything it needs: it opens from disk, loads nothing
 * from anywhere, and says the essential without its script.
 *
 * @param data - the comparison with its pictures
 * @returns the page, from `<!doctype html>` on; the same data give the same text
 */
export function renderReport(data: ReportData): string {
  const summaries = summarise(data.comparison);
  const numbers = numberPolicies(data);
  const scale = heatScale(data.prompts);
  const title = `Refrain: caching policies on ${data.comparison.model}`;
  const content = html`${header(data, summaries)}
    <main>
      <section id="results" aria-labelledby="results-title">
        <h2 id="results-title">Results</h2>
        ${table(summaries, numbers, judge(summaries))} ${scatter(summaries, numbers)}
      </section>
      ${data.prompts.map((_, index) => promptSection(data, index, numbers, scale))} ${guide()}
      ${reproduction(data.command)}
    </main>`;
  return page(title, content).text;
}
