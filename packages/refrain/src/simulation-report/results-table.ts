import { badge, html, type Markup, type PolicyNumbers, shortPolicyCode } from '@refrain/charts';
import {
  figureKinds,
  figureText,
  type FigureName,
  type FigureRow,
  type Figures,
  type FigureSummary,
} from '../simulation/figures.ts';

/** The table of policies, with a row for each run below each. The script sorts and folds it. */
export function resultsTable(
  summaries: readonly FigureSummary[],
  columns: readonly FigureName[],
  numbers: PolicyNumbers,
): Markup {
  return html`<div class="scroll" role="region" aria-labelledby="results-caption" tabindex="0">
    <table class="sortable">
      <caption id="results-caption">
        Over all runs, against the plain model
      </caption>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">Granularity</th>
          ${columns.map((name) => heading(name))}
        </tr>
      </thead>
      ${summaries.map((summary, index) => body(summary, index, columns, numbers))}
    </table>
  </div>`;
}

function heading(name: FigureName): Markup {
  const { title, about } = figureKinds[name];
  return html`<th scope="col" class="figure" title="${about}">${title}</th>`;
}

function body(
  { policy, granularity, figures, rows }: FigureSummary,
  index: number,
  columns: readonly FigureName[],
  numbers: PolicyNumbers,
): Markup {
  return html`<tbody>
    <tr class="overall">
      <th scope="row" data-order="${index}">
        <div class="name">
          ${badge(policy, numbers)}
          <div>${shortPolicyCode(policy)} ${warnings(rows)}</div>
        </div>
      </th>
      <td data-order="${granularity}">${granularity}</td>
      ${columns.map(
        (name) => html`<td class="figure" data-order="${figures[name] ?? ''}">${cell(name, figures)}</td>`,
      )}
    </tr>
    ${rows.map((row) => single(row, columns))}
  </tbody>`;
}

function single({ subject, figures }: FigureRow, columns: readonly FigureName[]): Markup {
  return html`<tr class="single">
    <th scope="row" colspan="2">${subject}</th>
    ${columns.map((name) => html`<td class="figure">${cell(name, figures)}</td>`)}
  </tr>`;
}

/** The figure; below it what was predicted, where it was measured. */
function cell(name: FigureName, figures: Figures): Markup {
  const { predictedBy } = figureKinds[name];
  const text = figureText(name, figures);
  if (predictedBy === undefined) return html`${text}`;
  return html`${text}<small>predicted ${figureText(predictedBy, figures)}</small>`;
}

function warnings(rows: readonly FigureRow[]): Markup {
  const messages = new Set(rows.flatMap((row) => row.warnings.map(({ message }) => message)));
  return html`${[...messages].map((message) => html`<small class="warning">${message}</small>`)}`;
}
