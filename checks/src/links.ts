/** A link of a page to another place in the repository. */
export interface Link {
  readonly line: number;
  /** Path as written; empty for a place on the same page. */
  readonly path: string;
  /** What follows `#`, without it; empty for the whole page. */
  readonly anchor: string;
}

/** Links and images that lead into the repository: neither addresses of sites nor text inside code. */
export function linksOf(markdown: string): Link[] {
  return proseLines(markdown).flatMap(({ line, text }) =>
    [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|(?:src|href)="([^"]+)"/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
      .map((target) => {
        const [path = '', anchor = ''] = target.split('#');
        return { line, path: decodeURIComponent(path), anchor };
      }),
  );
}

/** The anchors that the headings of a page make, by the rule of code hosts. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of proseLines(markdown)) {
    const [, heading] = /^ {0,3}#{1,6}\s+(.*?)\s*#*$/.exec(text) ?? [];
    if (heading === undefined) continue;
    const base = slugOf(heading);
    let anchor = base;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${base}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

function proseLines(markdown: string): { line: number; text: string }[] {
  let isCode = false;
  return markdown.split('\n').map((text, index) => {
    const isFence = /^\s*(```|~~~)/.test(text);
    if (isFence) isCode = !isCode;
    const prose = isFence || isCode ? '' : text;
    // Headings keep their inline code, which is part of the anchor; nobody links from a heading.
    return { line: index + 1, text: prose.startsWith('#') ? prose : prose.replaceAll(/`[^`]*`/g, '') };
  });
}
