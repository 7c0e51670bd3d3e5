/**
 * A count with a unit that keeps the number short: `1.42 G`.
 *
 * @param count - of parameters or operations
 */
export function quantity(count: number): string {
  const units = ['', ' k', ' M', ' G', ' T', ' P'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const places = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(places)}${units[unit]}`;
}
