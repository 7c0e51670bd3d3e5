/** Shown where a number is missing or not finite. */
const missing = '–';

const space = '\u00a0';

/** A number with a fixed count of decimals and a true minus sign; a dash when it is not finite. */
export function decimals(value: number, places: number): string {
  if (!Number.isFinite(value)) return missing;
  return value.toFixed(places).replace('-', '−');
}

/** A factor: `1.62×`. */
export function factor(value: number): string {
  return Number.isFinite(value) ? `${decimals(value, 2)}×` : missing;
}

/** A share from 0 to 1 in percent: `41 %`; small ones with a decimal. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return missing;
  const value = share * 100;
  return `${decimals(value, value !== 0 && Math.abs(value) < 10 ? 1 : 0)}${space}%`;
}

/** PSNR: `38.2 dB`, and in words where there is no difference at all. */
export function decibels(psnr: number | null): string {
  if (psnr === null) return 'identical';
  return Number.isFinite(psnr) ? `${decimals(psnr, 1)}${space}dB` : missing;
}

/** Bytes in decimal units: `12.4 MB`. */
export function bytes(count: number): string {
  if (!Number.isFinite(count)) return missing;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  // A value that would be printed as 1000 belongs to the next unit.
  const exponent = count < 999.5 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count * 1.0005) / 3));
  const value = count / 1000 ** exponent;
  return `${decimals(value, exponent === 0 || value >= 99.95 ? 0 : 1)}${space}${units[exponent]}`;
}

/** A positive quantity of unknown magnitude with a few significant digits: `0.0213`. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return missing;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6)
    return value
      .toExponential(digits - 1)
      .replace('-', '−')
      .replace('e−', 'e−');
  return String(Number(value.toPrecision(digits))).replace('-', '−');
}

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** A moment in words and in UTC: `22 November 2026, 15:33 UTC`; text that is no date stays as it is. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const time = date.toISOString().slice(11, 16);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${time} UTC`;
}

/** `1 prompt`, `3 prompts`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Indices as runs: `0–8, 12, 16–17`. */
export function ranges(indices: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
