import { readFileSync, writeFileSync } from 'node:fs';

export { table } from '../../scripts/markdown-table.ts';

const FOLDER = new URL('../../docs/simulation/studies/', import.meta.url);

/**
 * Puts computed text into a page of the docs, between `<!-- computed: name -->` and `<!-- /computed -->`, and prints it.
 * Nothing is written without `--write` on the command line.
 *
 * @throws when the page has no such place
 */
export function fillPage(page: string, name: string, text: string): void {
  console.log(`\n${name}\n\n${text}`);
  if (!process.argv.includes('--write')) return;
  const file = new URL(page, FOLDER);
  const before = readFileSync(file, 'utf8');
  const place = new RegExp(`<!-- computed: ${name} -->[\\s\\S]*?<!-- /computed -->`);
  if (!place.test(before)) throw new Error(`${page} has no place for "${name}"`);
  const filled = `<!-- computed: ${name} -->\n\n${text}\n\n<!-- /computed -->`;
  writeFileSync(
    file,
    before.replace(place, () => filled),
  );
}

/** Writes a drawing beside the pages. */
export function writeDrawing(name: string, svg: string): void {
  if (process.argv.includes('--write')) writeFileSync(new URL(name, FOLDER), svg);
}

/** `12.3 %`. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which a share of all lies, interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low + (high - low) * (place - Math.floor(place));
}

/** Spearman's rank correlation; ties share their mean rank. */
export function rankCorrelation(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [ranks(first), ranks(second)];
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (const [index, rank] of a.entries()) {
    const [x, y] = [rank - meanA, (b[index] ?? Number.NaN) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return product / Math.sqrt(squareA * squareB);
}

function ranks(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}
