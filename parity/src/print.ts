import type { Check, Difference } from './compare.ts';
import type { Result } from './run-case.ts';

/** The lines of one case: `ok <name>`, or what differs. */
export function linesOf(result: Result): readonly string[] {
  const { name, ok, error, differences, kind } = result;
  if (ok) return [`ok ${name}`];
  const as = kind === null ? '' : ` (${kind})`;
  if (error !== undefined) return [`FAILED ${name}${as}`, `  ${error}`];
  return [`FAILED ${name}${as}`, ...differences.flatMap(linesOfDifference)];
}

/** `12 ok, 1 failed`. */
export function summaryOf(results: readonly Result[]): string {
  const passed = results.filter(({ ok }) => ok).length;
  return `${passed} ok, ${results.length - passed} failed`;
}

function linesOfDifference({ check, at }: Difference): readonly string[] {
  const { field, expected, actual } = check;
  const title =
    expected.length === actual.length
      ? `${field} differs at ${at}`
      : `${field} differs at ${at}; expected ${expected.length} entries, got ${actual.length}`;
  return [`  ${title}`, ...(check.of === 'mask' ? maskLines(check, at) : entryLines(check, at))];
}

function maskLines({ expected, actual }: Check & { of: 'mask' }, at: number): readonly string[] {
  return [
    `    expected ${expected}`,
    `    actual   ${actual}`,
    `${' '.repeat('    expected '.length + at)}^`,
  ];
}

function entryLines({ expected, actual }: Check, at: number): readonly string[] {
  const show = (entry: string | number | null | undefined): string =>
    entry === undefined ? 'nothing' : `${entry}`;
  const [one, other] = [show(expected[at]), show(actual[at])];
  return [`    expected ${one}`, `    actual   ${other}`, ...caretLines(one, other)];
}

/** Points at the first character that differs, in entries of as many digits: which block of a step it was. */
function caretLines(one: string, other: string): readonly string[] {
  if (one.length !== other.length || !/^[01]{2,}$/.test(one + other)) return [];
  const at = one.split('').findIndex((digit, index) => digit !== other[index]);
  return [`${' '.repeat('    expected '.length + at)}^`];
}
