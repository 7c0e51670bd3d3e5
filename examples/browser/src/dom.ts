import type { Markup } from '@refrain/charts';

/** The one element that a selector names. */
export function find<Kind extends Element>(
  root: ParentNode,
  selector: string,
  kind: abstract new () => Kind,
): Kind {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`expected a ${kind.name} at ${selector}`);
}

/** Puts markup into an element, whose old content goes. */
export function fill(element: Element, { text }: Markup): void {
  element.innerHTML = text;
}

/** Sets the value of a control that the reader is not at work on. */
export function setValue(
  control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement,
  value: string,
): void {
  if (control !== document.activeElement && control.value !== value) control.value = value;
}

/** Says under a control what is wrong with it; nothing when it is right. */
export function setComplaint(control: HTMLElement, note: HTMLElement, complaint: string | undefined): void {
  note.hidden = complaint === undefined;
  note.textContent = complaint ?? '';
  if (complaint === undefined) control.removeAttribute('aria-invalid');
  else control.setAttribute('aria-invalid', 'true');
}
