import { html, trusted, type Markup } from './markup.ts';

/** Name in the data of the model without Refrain. */
export const plain = 'plain';

/** Number of each policy, by which charts refer to it. */
export type PolicyNumbers = ReadonlyMap<string, number>;

/** Numbers policies from 1 in the order of first appearance. */
export function numberIds(ids: readonly string[]): PolicyNumbers {
  const policies = [...new Set(ids)].filter((policy) => policy !== plain);
  return new Map(policies.map((policy, index) => [policy, index + 1]));
}

/** The number of a policy as a small badge. */
export function badge(policy: string, numbers: PolicyNumbers): Markup {
  const number = numbers.get(policy);
  return number === undefined ? html`` : html`<span class="number">${number}</span>`;
}

/** The id with long values of options cut, where the whole one would fill the page; pointing at it shows the whole. */
export function shortPolicyCode(policy: string): Markup {
  const short = policy.replace(/=([^,()]{16})[^,()]{12,}/g, '=$1…');
  return short === policy ? policyCode(policy) : html`<span title="${policy}">${policyCode(short)}</span>`;
}

/** The id of a policy, whole so that it can be copied, with its name in bold and room to wrap between its options. */
export function policyCode(policy: string): Markup {
  if (policy === plain) return html`<b>Plain model</b>`;
  const bracket = policy.indexOf('(');
  const name = bracket < 0 ? policy : policy.slice(0, bracket);
  const options = bracket < 0 ? [] : policy.slice(bracket).split(/(?<=[,(])/);
  const rest = options.map((option, index) => html`${index > 0 && trusted('<wbr>')}${option}`);
  return html`<code class="policy"><b>${name}</b>${rest}</code>`;
}

/** Badge and id. */
export function policyLabel(policy: string, numbers: PolicyNumbers): Markup {
  return html`${badge(policy, numbers)} ${policyCode(policy)}`;
}

/** For tooltips and labels of pictures, in text. */
export function policyText(policy: string, numbers: PolicyNumbers): string {
  const number = numbers.get(policy);
  if (policy === plain) return 'plain model';
  return number === undefined ? policy : `${number} ${policy}`;
}
