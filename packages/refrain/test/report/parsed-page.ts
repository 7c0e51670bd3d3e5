import { parseHTML } from 'linkedom';

/** The few things that the tests ask of an element. */
export interface PageElement {
  readonly tagName: string;
  readonly id: string;
  readonly textContent: string;
  readonly parentElement: PageElement | null;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** Parses a page with linkedom, whose own types need a browser's library. */
export function parsePage(html: string): PageElement {
  const { document } = parseHTML(html) as unknown as { readonly document: PageElement };
  return document;
}

/** All elements that a selector finds. */
export function all(page: PageElement, selector: string): readonly PageElement[] {
  return [...page.querySelectorAll(selector)];
}

/** The texts of all elements that a selector finds. */
export function texts(page: PageElement, selector: string): readonly string[] {
  return all(page, selector).map(({ textContent }) => textContent);
}

const withoutEnd = new Set(['meta', 'img', 'wbr', 'br', 'hr', 'link', 'input', '!doctype']);

/**
 * Tags that are not closed in the order in which they were opened. A browser would repair them silently.
 *
 * @param html - a whole page
 */
export function unbalancedTags(html: string): readonly string[] {
  const content = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
  const open: string[] = [];
  const problems: string[] = [];
  for (const [, slash, name = '', rest = ''] of content.matchAll(
    /<(\/?)([a-zA-Z!][\w-]*)((?:"[^"]*"|[^">])*)>/g,
  )) {
    if (withoutEnd.has(name) || rest.endsWith('/')) continue;
    if (!slash) open.push(name);
    else if (open.pop() !== name) problems.push(`</${name}>`);
  }
  return [...problems, ...open.map((name) => `<${name}>`)];
}
