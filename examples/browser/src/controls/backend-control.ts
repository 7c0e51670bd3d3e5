import { html, type Markup } from '@refrain/charts';
import { fill, find } from '../dom.ts';
import type { BackendState } from '../messages.ts';
import type { Change, Control } from '../state.ts';

/** What computes: a choice of those that work here, and the reason beside each that does not. */
export function backendControl(root: ParentNode, change: Change): Control {
  const list = find(root, '#backends', HTMLElement);
  list.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const id = known.find((backend) => backend.id === target.value)?.id;
    if (id) change({ backend: id });
  });
  const note = find(root, '#backend-note', HTMLElement);
  let known: readonly BackendState[] = [];
  return {
    show({ settings, backends, substitution = '' }) {
      if (backends !== known) fill(list, html`${backends.map(choice)}`);
      known = backends;
      note.textContent = substitution;
      for (const radio of list.querySelectorAll('input')) radio.checked = radio.value === settings.backend;
    },
  };
}

function choice({ id, name, about, reason }: BackendState): Markup {
  return html`<div class="backend">
    <input
      type="radio"
      name="backend"
      id="backend-${id}"
      value="${id}"
      aria-describedby="backend-${id}-about"
      ${reason !== undefined && 'disabled'}
    />
    <label for="backend-${id}">${name}</label>
    <p class="hint" id="backend-${id}-about">${reason ?? about}</p>
  </div>`;
}
