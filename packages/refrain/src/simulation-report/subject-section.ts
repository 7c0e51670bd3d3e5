import {
  curve,
  decisions,
  heatMap,
  html,
  type Markup,
  type PolicyNumbers,
  type Scale,
} from '@refrain/charts';
import type { SimulationReport, SubjectReport } from './report-data.ts';

/** Everything about one recording or run: how much the model changed, what the policies made of it. */
export function subjectSection(
  { rows, thresholds }: SimulationReport,
  subject: SubjectReport,
  index: number,
  numbers: PolicyNumbers,
  scale: Scale,
): Markup {
  const { name, about, heat, steps } = subject;
  const id = `subject-${index + 1}`;
  const figures = rows
    .filter((row) => row.subject === name)
    .map((row) => ({
      policy: row.policy,
      reuseRate: row.figures.measuredReuse ?? row.figures.reuseRate ?? Number.NaN,
      speedup: row.figures.measuredSpeedup ?? row.figures.speedup ?? null,
    }));
  return html`<section class="prompt" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title"><span class="quiet">${about}</span> ${name}</h2>
    <section class="changes">
      <h3>How much the model changes</h3>
      ${curve(heat, steps, thresholds, numbers)} ${heatMap(heat, steps, scale)}
    </section>
    ${decisions(subject, figures, steps, numbers)}
  </section>`;
}
