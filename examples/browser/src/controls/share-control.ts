import { find } from '../dom.ts';
import { printLink } from '../settings/link.ts';
import type { Control } from '../state.ts';

/** Copies the address with all settings. Where a page may not write to the clipboard, the address bar has it as well. */
export function shareControl(root: ParentNode): Control {
  const note = find(root, '#note', HTMLElement);
  let link = '';
  find(root, '#share', HTMLButtonElement).addEventListener('click', () => {
    const address = new URL(link, location.href).href;
    const copied = navigator.clipboard
      ? navigator.clipboard.writeText(address)
      : Promise.reject(new TypeError('no clipboard'));
    copied.then(
      () => (note.textContent = 'Link copied: it has all settings and the seed.'),
      () => (note.textContent = 'The address of this page has all settings: copy it from there.'),
    );
  });
  return {
    show({ settings, running }) {
      link = printLink(settings);
      note.textContent = running ? 'Changes act on the next run. Esc stops this one.' : '';
    },
  };
}
