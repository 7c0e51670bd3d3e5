import { bytes, decibels, factor, html, percent, shortPolicyCode, type Markup } from '@refrain/charts';
import type { StepNews } from '../messages.ts';
import { printLink } from '../settings/link.ts';
import type { Settings } from '../settings/settings.ts';

/** A finished run, to compare others with. */
export interface FinishedRun {
  readonly settings: Settings;
  readonly backend: string;
  readonly last: StepNews;
}

/** The runs of this visit, newest first: whoever turns a dial wants to see what it changed. */
export function runsTable(runs: readonly FinishedRun[]): Markup {
  if (runs.length === 0) return html``;
  return html`<section aria-labelledby="runs-title">
    <h3 id="runs-title">Runs so far</h3>
    <div class="scroll" role="region" aria-labelledby="runs-title" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Prompt</th>
            <th scope="col">Backend</th>
            ${['Steps', 'Seed', 'Reused', 'Speed-up', 'PSNR', 'Held'].map((name) => html`<th scope="col" class="figure">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${runs.map(row)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row({ settings, backend, last }: FinishedRun): Markup {
  const { plain, cached, report, psnr } = last;
  const figures = [
    settings.steps,
    settings.seed,
    percent(report.reuseRate),
    factor(plain.seconds / cached.seconds),
    decibels(psnr),
    bytes(report.bytes.peak),
  ];
  return html`<tr>
    <th scope="row">
      <a href="${printLink(settings)}" title="Use these settings">${shortPolicyCode(settings.policy)}</a>
    </th>
    <td>${settings.prompt}</td>
    <td>${backend}</td>
    ${figures.map((figure) => html`<td class="figure">${figure}</td>`)}
  </tr>`;
}
