import { reproduction } from '../report/guide.ts';
import { heatScale, html, numberIds } from '@refrain/charts';
import { page } from '../report/page.ts';
import { summariseFigures } from '../simulation/figures.ts';
import { failureList } from './failure-list.ts';
import { guide } from './guide.ts';
import { header } from './header.ts';
import { plane } from './plane.ts';
import type { SimulationReport } from './report-data.ts';
import { resultsTable } from './results-table.ts';
import { sensitivity } from './sensitivity.ts';
import { simulationStyles } from './styles.ts';
import { subjectSection } from './subject-section.ts';

/**
 * Writes the page about simulated policies: one HTML file that holds everything it needs, as the page of a comparison.
 *
 * @param data - what was simulated
 * @returns the page, from `<!doctype html>` on; the same data give the same text
 */
export function renderSimulation(data: SimulationReport): string {
  const summaries = summariseFigures(data.rows);
  const drawn = [...data.rows, ...data.subjects.flatMap(({ timelines }) => timelines), ...data.thresholds];
  const numbers = numberIds(drawn.map(({ policy }) => policy));
  const scale = heatScale(data.subjects);
  const content = html`${header(data, summaries)}
    <main>
      <section id="results" aria-labelledby="results-title">
        <h2 id="results-title">Results</h2>
        ${resultsTable(summaries, data.columns, numbers)} ${failureList(data.failures)}
        ${plane(data, summaries, numbers)}
      </section>
      ${sensitivity(data.sensitivities)}
      ${data.subjects.map((subject, index) => subjectSection(data, subject, index, numbers, scale))}
      ${guide(data)} ${reproduction(data.command)}
    </main>`;
  return page(`Refrain: ${data.kicker}, ${data.title}`, content, simulationStyles).text;
}
