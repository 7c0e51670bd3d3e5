import { html } from '@refrain/charts';
import type { Judgement } from '../policies/judge.ts';
import { judge } from '../policies/judge.ts';
import { controlId, formKey, optionForm } from '../policies/option-form.ts';
import { groups, listed, startingId } from '../policies/starting-ids.ts';
import { canonical, factoryOf, printTree, treeOf, withOption } from '../policies/tree.ts';
import { fill, find, setComplaint, setValue } from '../dom.ts';
import type { Change, Control, State } from '../state.ts';

/** The list of policies, the options as a form, and the id as text: three views of one id. */
export function policyControl(root: ParentNode, change: Change): Control {
  const picker = find(root, '#policy-name', HTMLSelectElement);
  const form = find(root, '#policy-options', HTMLElement);
  const id = find(root, '#policy', HTMLTextAreaElement);
  const complaint = find(root, '#policy-complaint', HTMLElement);
  const warning = find(root, '#policy-warning', HTMLElement);
  const about = find(root, '#policy-about', HTMLElement);
  let shownForm = '';

  picker.addEventListener('change', () => {
    const chosen = listed.find(({ factory }) => factory.policyName === picker.value);
    if (chosen) change({ policy: startingId(chosen.factory) });
  });
  id.addEventListener('input', () => change({ policy: id.value.replaceAll(/\s+/g, ' ').trim() }));
  form.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const tree = treeOf(id.value);
    const { key, path = '' } = target.dataset;
    if (!tree || key === undefined) return;
    const place = path === '' ? [] : path.split(',').map(Number);
    change({ policy: canonical(printTree(withOption(tree, place, key, target.value.trim()))) });
  });

  function showForm(policy: string): void {
    const tree = treeOf(policy);
    const key = tree && factoryOf(tree.name) ? formKey(tree) : '';
    if (key !== shownForm) fill(form, tree ? optionForm(tree) : html``);
    shownForm = key;
    for (const control of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[data-key]')) {
      const { key: option = '', path = '' } = control.dataset;
      const place = path === '' ? [] : path.split(',').map(Number);
      const node = tree && place.reduce<typeof tree | undefined>((at, index) => at?.policies[index], tree);
      const given = node?.options[option] ?? '';
      const fallback = factoryOf(node?.name ?? '')?.defaults[option] ?? '';
      setValue(control, control instanceof HTMLSelectElement ? given || fallback : given);
    }
  }

  function showIssues({ issues }: Judgement): void {
    for (const control of form.querySelectorAll<HTMLElement>('[data-key]')) {
      const { key = '', path = '' } = control.dataset;
      const note = find(form, `#${CSS.escape(`${control.id}-complaint`)}`, HTMLElement);
      const outermost = path === '' && control.id === controlId([], key);
      const issue = outermost ? issues.find(({ option }) => option === key) : undefined;
      setComplaint(control, note, issue?.message);
    }
  }

  return {
    show({ settings, offer }) {
      const judgement = judge(settings, offer);
      fill(picker, pickerOptions(settings.policy, offer));
      setValue(id, settings.policy);
      about.textContent = factoryOf(treeOf(settings.policy)?.name ?? '')?.about ?? '';
      showForm(settings.policy);
      showIssues(judgement);
      setComplaint(id, complaint, judgement.refusal);
      warning.hidden = judgement.warnings.length === 0;
      warning.textContent = judgement.warnings.join(' ');
    },
  };
}

function pickerOptions(policy: string, offer: State['offer']): ReturnType<typeof html> {
  const name = treeOf(policy)?.name ?? '';
  const known = listed.some(({ factory }) => factory.policyName === name);
  const entry = ({ factory }: (typeof listed)[number]) => {
    const served = isServed(startingId(factory), offer);
    const { policyName } = factory;
    return html`<option value="${policyName}" ${policyName === name && 'selected'} ${!served && 'disabled'}>
      ${policyName}${!served && ' (not on this backend)'}
    </option>`;
  };
  return html`${!known && html`<option value="" selected>${name || 'unreadable'}</option>`}
  ${groups.map(
    (group) =>
      html`<optgroup label="${group}">
        ${listed.filter((listing) => listing.group === group).map(entry)}
      </optgroup>`,
  )}`;
}

/** A policy that still lacks an option may be picked: its form says what is missing. */
function isServed(id: string, offer: State['offer']): boolean {
  const { refusal = '' } = judge({ policy: id, steps: 30, guidance: 3 }, offer);
  return !refusal.includes('does not offer');
}
