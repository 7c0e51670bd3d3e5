import {
  curve,
  decisions,
  heatMap,
  html,
  type Markup,
  type PolicyNumbers,
  type Scale,
} from '@refrain/charts';
import type { ReportData } from './report-data.ts';
import { videos } from './videos.ts';

/**
 * Everything about one prompt: videos, how much the model changed, what the policies made of it.
 *
 * @param data - of the whole report
 * @param index - of the prompt
 * @param numbers - of the policies
 * @param scale - of the heat maps
 */
export function promptSection(data: ReportData, index: number, numbers: PolicyNumbers, scale: Scale): Markup {
  const report = data.prompts[index];
  if (!report) return html``;
  const steps = Math.max(1, data.comparison.steps);
  const rows = data.comparison.rows.filter(({ prompt }) => prompt === report.prompt);
  return html`<section class="prompt" id="prompt-${index + 1}" aria-labelledby="prompt-${index + 1}-title">
    <h2 id="prompt-${index + 1}-title"><span class="quiet">Prompt ${index + 1}</span> ${report.prompt}</h2>
    ${videos(report, rows, numbers)}
    <section class="changes">
      <h3>How much the model changes</h3>
      ${curve(report.heat, steps, data.thresholds, numbers)} ${heatMap(report.heat, steps, scale)}
    </section>
    ${decisions(report, rows, steps, numbers)}
  </section>`;
}
