/** Outside these bounds a value comes from a mistake, and an axis for it would show nothing else. */
const negligible = 1e-12;
const absurd = 1e12;

/** Maps values to 0 … 1 and names round values inside its range. */
export interface Scale {
  /** Where a value lies; values outside the range end at its edge. */
  place(value: number): number;
  /** Round values inside the range. */
  readonly ticks: readonly number[];
}

/**
 * A linear scale with a little room at both ends.
 *
 * @param values - that have to fit; not finite ones are left out
 * @param count - about how many ticks there should be
 */
export function linearScale(values: readonly number[], count = 5): Scale {
  const [low, high] = extent(values) ?? [0, 1];
  // Values that differ by rounding alone are one value.
  const apart = high - low > Math.abs(high) * 1e-6;
  const slack = apart ? (high - low) * 0.09 : Math.abs(high) * 0.5 || 1;
  const [from, length] = [low - slack, high - low + 2 * slack];
  const step = roundStep(length / count);
  const first = Math.ceil(from / step);
  const ticks = Array.from({ length: Math.floor((from + length) / step) - first + 1 }, (_, index) =>
    tidy((first + index) * step),
  );
  return { place: (value) => clamp((value - from) / length), ticks };
}

/**
 * A logarithmic scale with a little room at both ends.
 *
 * @param values - that have to fit; those that are not positive and finite are left out
 * @param room - how much to widen the range at each end, as a share of it
 */
export function logScale(values: readonly number[], room = 0.08): Scale {
  const [low, high] = extent(values.filter((value) => value > negligible)) ?? [0.01, 1];
  const narrow = high / low < 1.2;
  const from = Math.log10(narrow ? low / 2 : low);
  const until = Math.log10(narrow ? high * 2 : high);
  const slack = (until - from) * room;
  const [start, length] = [from - slack, until - from + 2 * slack];
  const place = (value: number): number => (value > 0 ? clamp((Math.log10(value) - start) / length) : 0);
  return { place, ticks: logTicks(start, start + length) };
}

/** Powers of ten, with 2 and 5 between them where there are few. */
function logTicks(from: number, until: number): readonly number[] {
  const factors = until - from > 2.2 ? [1] : until - from > 0.5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  const stride = Math.ceil((until - from) / 7);
  for (let exponent = Math.floor(from); exponent <= Math.ceil(until); exponent += stride)
    for (const digit of factors) {
      const power = Math.log10(digit) + exponent;
      if (power >= from && power <= until) ticks.push(tidy(digit * 10 ** exponent));
    }
  return ticks;
}

/**
 * Round indices for the steps of a run: at most eight.
 *
 * @param steps - how many there are
 */
export function stepTicks(steps: number): readonly number[] {
  const stride = Math.max(1, roundStep(steps / 6));
  return Array.from({ length: Math.ceil(steps / stride) }, (_, index) => index * stride);
}

function extent(values: readonly number[]): readonly [number, number] | undefined {
  const finite = values.filter((value) => Math.abs(value) < absurd);
  const [first] = finite;
  if (first === undefined) return undefined;
  return finite.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [first, first]);
}

/** The next larger number among 1, 2, 5 times powers of ten. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 5, 10].find((candidate) => candidate * power >= step * 0.999) ?? 10;
  return tidy(digit * power);
}

/** Takes out what floating point adds, so that a tick prints as 0.3 and not as 0.30000000000000004. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
