/**
 * Whether lines were printed as a page shows them. `…` stands for any text on a line, and alone on a line for any
 * number of lines: times, paths and long tables differ from run to run.
 */
export function isPrinted(expected: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = trimmed(expected);
  const lines = trimmed(printed);
  if (first === undefined) return lines.length === 0;
  if (first.trim() === '…')
    return Array.from({ length: lines.length + 1 }, (_, skipped) => skipped).some((skipped) =>
      isPrinted(rest, lines.slice(skipped)),
    );
  const [line, ...others] = lines;
  return line !== undefined && matches(first, line) && isPrinted(rest, others);
}

function matches(expected: string, line: string): boolean {
  const pattern = expected.split('…').map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pattern.join('.*')}$`).test(line);
}

function trimmed(lines: readonly string[]): string[] {
  const text = lines.map((line) => line.trimEnd());
  while (text.at(-1) === '') text.pop();
  return text;
}
