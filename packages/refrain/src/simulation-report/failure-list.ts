import { html, type Markup, shortPolicyCode } from '@refrain/charts';
import type { SimulationReport } from './report-data.ts';

/** Policies that were left out, each with its reasons. */
export function failureList(failures: SimulationReport['failures']): Markup {
  const byPolicy = new Map<string, Set<string>>();
  for (const { policy, message } of failures)
    byPolicy.set(policy, (byPolicy.get(policy) ?? new Set<string>()).add(message));
  if (byPolicy.size === 0) return html``;
  return html`<section class="warnings" aria-labelledby="left-out">
    <h3 id="left-out">Left out</h3>
    <ul>
      ${[...byPolicy].map(
        ([policy, messages]) =>
          html`<li>
            ${shortPolicyCode(policy)}
            <ul>
              ${[...messages].map((message) => html`<li>${message}</li>`)}
            </ul>
          </li>`,
      )}
    </ul>
  </section>`;
}
