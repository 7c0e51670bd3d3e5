import pc from 'picocolors';

/**
 * Columns as text, one line a row, with a bold line of headings.
 *
 * @param left - so many columns begin at the left; figures end at the right
 */
export function textTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line, index) => {
      const text = line
        .map((cell, column) =>
          column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd();
      return index === 0 ? pc.bold(text) : text;
    })
    .join('\n');
}

/** An id whose long option values, such as lists of ratios, are cut: a table is read, the JSON has it whole. */
export function shortened(policy: string): string {
  return policy.replace(/=([^,()]{20})[^,()]{8,}/g, '=$1…');
}

/** Bytes with a unit that keeps the number short. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}
