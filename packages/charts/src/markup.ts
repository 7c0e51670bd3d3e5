/** HTML that may go into a page as it is. Everything else is text and gets escaped by {@link html}. */
export class Markup {
  /** The HTML. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template of {@link html} takes: text and numbers are escaped, markup is inserted, nothing stays nothing. */
export type Insert = string | number | Markup | null | undefined | false | readonly Insert[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Control characters have no place in HTML, not even as references; tab and newline are fine.
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu;

/**
 * Escapes text for element content and for quoted attributes. Characters that HTML forbids become U+FFFD.
 *
 * @param text - any text, such as a prompt
 */
export function escapeText(text: string): string {
  return text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/**
 * Template tag for HTML and SVG: whatever is inserted is escaped unless it is markup already, so that forgetting to
 * escape is not possible.
 */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  const pieces = parts.map(
    (part, index) => compact(part) + (index < inserts.length ? insertedText(inserts[index]) : ''),
  );
  return new Markup(pieces.join(''));
}

/** The indentation of templates is for readers of the program, not for a page that is sent around. */
function compact(part: string): string {
  return part.replace(/\s*\n\s*/g, '\n');
}

/**
 * Trusts a constant of this program, such as a style sheet. Never for data.
 *
 * @param text - HTML
 */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function insertedText(insert: Insert): string {
  if (insert === null || insert === undefined || insert === false) return '';
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'number') return Number.isFinite(insert) ? String(insert) : '–';
  if (typeof insert === 'string') return escapeText(insert);
  return insert.map(insertedText).join('');
}
