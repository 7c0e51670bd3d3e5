import { columns } from './columns.ts';
import {
  badge,
  counted,
  html,
  type Markup,
  policyCode,
  policyLabel,
  type PolicyNumbers,
} from '@refrain/charts';
import type { Outcome } from './outcome.ts';
import type { PolicySummary } from './summary.ts';

/**
 * The table of results: one row a policy, with a row for each prompt below it. Every policy is a `tbody`, so that
 * sorting moves it as a whole.
 *
 * @param summaries - of all policies
 * @param numbers - of the policies
 * @param outcome - to mark the policy that the page names first
 */
export function table(summaries: readonly PolicySummary[], numbers: PolicyNumbers, outcome: Outcome): Markup {
  return html`<div class="scroll" role="region" aria-labelledby="results-caption" tabindex="0">
      <table class="sortable">
        <caption id="results-caption">
          Over all prompts, against the plain model
        </caption>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Granularity</th>
            ${columns.map(({ title, about }) => html`<th scope="col" class="figure" title="${about}">${title}</th>`)}
          </tr>
        </thead>
        ${summaries.map((summary, index) => body(summary, index, numbers, outcome))}
      </table>
    </div>
    ${warningList(summaries, numbers)}`;
}

function body(summary: PolicySummary, index: number, numbers: PolicyNumbers, outcome: Outcome): Markup {
  return html`<tbody>
    <tr class="overall">
      <th scope="row" data-order="${index}">
        <div class="name">
          ${badge(summary.policy, numbers)}
          <div>${policyCode(summary.policy)} ${mark(summary, outcome)} ${warningLink(summary, numbers)}</div>
        </div>
      </th>
      <td data-order="${summary.granularity}">${summary.granularity}</td>
      ${columns.map(({ overall, order }) => html`<td class="figure" data-order="${orderText(order(summary))}">${overall(summary)}</td>`)}
    </tr>
    ${summary.rows.map(
      (row) =>
        html`<tr class="single">
          <th scope="row" colspan="2">${row.prompt}</th>
          ${columns.map(({ single }) => html`<td class="figure">${single(row)}</td>`)}
        </tr>`,
    )}
  </tbody>`;
}

/** Empty when there is nothing to sort by: such rows go last. */
function orderText(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}

function mark(summary: PolicySummary, { closest, floor }: Outcome): Markup {
  return summary === closest ? html`<span class="tag">closest at ≥ ${floor}×</span>` : html``;
}

function warningLink({ warnings, policy }: PolicySummary, numbers: PolicyNumbers): Markup {
  if (warnings.length === 0) return html``;
  return html`<a class="warned" href="#warnings-${numbers.get(policy)}"
    >${counted(warnings.length, 'warning')}</a
  >`;
}

function warningList(summaries: readonly PolicySummary[], numbers: PolicyNumbers): Markup {
  const warned = summaries.filter(({ warnings }) => warnings.length > 0);
  if (warned.length === 0) return html``;
  return html`<section class="warnings" aria-labelledby="warnings">
    <h3 id="warnings">Warnings</h3>
    <ul>
      ${warned.map((summary) => policyWarnings(summary, numbers))}
    </ul>
  </section>`;
}

function policyWarnings({ policy, warnings, rows }: PolicySummary, numbers: PolicyNumbers): Markup {
  const items = warnings.map(
    ({ code, message, count, prompts }) =>
      html`<li>
        <strong>${code}</strong> ${message}
        <span class="quiet">(${extent(count, prompts, rows.length)})</span>
      </li>`,
  );
  return html`<li id="warnings-${numbers.get(policy)}">
    ${policyLabel(policy, numbers)}
    <ul>
      ${items}
    </ul>
  </li>`;
}

function extent(count: number, prompts: number, all: number): string {
  return `${count === 1 ? 'once' : `${count} times`}, ${prompts} of ${counted(all, 'prompt')}`;
}
