import { decimals } from '@refrain/charts';

/** A time: `3.2 s`, and in milliseconds below a second. */
export function seconds(value: number): string {
  if (value > 0 && value < 1) return `${decimals(value * 1000, 0)}\u00a0ms`;
  return `${decimals(value, value < 10 ? 2 : 1)}\u00a0s`;
}
