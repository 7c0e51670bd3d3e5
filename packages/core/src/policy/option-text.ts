/** A value as it stands in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  return JSON.stringify(value) ?? typeof value;
}

/** Bounds in words. */
export function range(min: number, max: number): string {
  if (min !== -Infinity && max !== Infinity) return ` from ${min} to ${max}`;
  if (min !== -Infinity) return ` of at least ${min}`;
  return max !== Infinity ? ` of at most ${max}` : '';
}

/** How many, in words. */
export function count(min: number, max: number): string {
  if (max === Infinity) return `at least ${min} of them`;
  return min === max ? `${min} of them` : `${min} to ${max} of them`;
}

/** Decimal notation only: `0x10` and `1_000` are more likely slips than numbers. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number in text form; undefined when it is none. */
export function readNumber(text: string): number | undefined {
  return DECIMAL.test(text.trim()) ? Number(text) : undefined;
}

/** Numbers separated by colons. */
export function readNumbers(text: string): readonly number[] | undefined {
  const numbers = text === '' ? [] : text.split(':').map(readNumber);
  return numbers.every((item) => item !== undefined) ? numbers : undefined;
}

/** The number before a percent sign. */
export function percentage(text: string): number | undefined {
  return text.endsWith('%') ? readNumber(text.slice(0, -1)) : undefined;
}

/** A share such as `10%`. */
export function readPercent(text: string): `${number}%` | undefined {
  const share = percentage(text);
  return share === undefined ? undefined : `${share}%`;
}
