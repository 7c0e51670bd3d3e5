import { html, type Markup, moment } from '@refrain/charts';
import { contentLinks, factList, notice } from '../report/header.ts';
import type { FigureSummary } from '../simulation/figures.ts';
import { outcomeSentence } from './outcome.ts';
import type { SimulationReport } from './report-data.ts';

/** Top of the page: what was simulated, how it came out, and what a reader has to know before trusting it. */
export function header(data: SimulationReport, summaries: readonly FigureSummary[]): Markup {
  const { kicker, title, notices, facts, made, source, sensitivities, subjects } = data;
  return html`<header class="top">
    <p class="kicker">Refrain · ${kicker}</p>
    <h1>${title}</h1>
    <p class="outcome">${outcomeSentence(data, summaries)}</p>
    ${notices.map((each) => notice(each.title, each.text))}
    ${factList([...facts, ['Made', html`<time datetime="${made}">${moment(made)}</time>`]])}
    <p class="environment">${source}</p>
    ${contentLinks([
      ['results', 'Results'],
      ...(sensitivities.length > 0 ? [['parameters', 'Parameters'] as const] : []),
      ...subjects.map(({ name }, index) => [`subject-${index + 1}`, name] as const),
      ['reading', 'How to read this'],
    ])}
  </header>`;
}
