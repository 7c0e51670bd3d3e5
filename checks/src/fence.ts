/** A fenced block of a Markdown page. */
export interface Fence {
  /** First word of the info string, such as `ts`. */
  readonly language: string;
  /** The rest of the info string. */
  readonly info: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** The fenced blocks of a page, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: { marker: string; indent: number; fence: Fence & { lines: string[] } } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', marker = '', language = '', info = ''] =
      /^( *)(`{3,}|~{3,})\s*([^\s`]*)\s*(.*?)\s*$/.exec(line) ?? [];
    if (open !== undefined) {
      if (marker.startsWith(open.marker) && language === '') {
        fences.push(open.fence);
        open = undefined;
      } else open.fence.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
    } else if (marker !== '')
      open = { marker, indent: indent.length, fence: { language, info, line: index + 1, lines: [] } };
  }
  return fences;
}
