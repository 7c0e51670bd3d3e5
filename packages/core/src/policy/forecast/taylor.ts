/** How finite differences become derivatives: where projects under one name differ. */
export interface TaylorRule {
  /** The highest derivative, 0 … 3. */
  readonly order: number;
  /** Derivatives are taken at computed steps from this one on; before it there is only the value. */
  readonly start: number;
  /**
   * Which computed step a difference is taken with: 1 the one before. cache-dit's DMD falls back to a ladder that takes
   * the one before that, and divides by the distance of the nearer all the same: 2.
   */
  readonly lag: 1 | 2;
}

/**
 * Weights of a Taylor forecast over the values at past computed steps (TaylorSeer, arXiv 2503.06923). With f(0) the value,
 *
 *     f_n(i+1) = (f_n(i) − f_{n−lag}(i)) / (s_n − s_{n−1})    while f_{n−lag}(i) exists and s_n ≥ start
 *     forecast(s) = Σ_i f_n(i) · (s − s_n)^i / i!
 *
 * Each f is a linear combination of the values, so the forecast is one too: its coefficients are returned.
 *
 * @param steps - the computed steps whose values are at hand, newest first
 * @param at - the step to forecast
 * @param rule - order, first step with derivatives, and lag
 * @returns as many weights as are needed, newest first; they sum to 1. Empty without steps
 */
export function taylorWeights(steps: readonly number[], at: number, rule: TaylorRule): readonly number[] {
  const [newest] = steps;
  if (newest === undefined) return [];
  const elapsed = at - newest;
  const weights = steps.map(() => 0);
  let factor = 1;
  for (const [order, derivative] of derivatives(steps, rule).entries()) {
    if (order > 0) factor *= elapsed / order;
    derivative.forEach((weight, index) => (weights[index] = (weights[index] ?? 0) + factor * weight));
  }
  return withoutTrailingZeros(weights);
}

/** f_n(0), f_n(1), … of the newest step, each as weights over the values. */
function derivatives(steps: readonly number[], { order, start, lag }: TaylorRule): readonly number[][] {
  // From the oldest to the newest, as the sources update them.
  const ladders: number[][][] = [];
  for (let index = steps.length - 1; index >= 0; index--) {
    const ladder: number[][] = [steps.map((_, other) => (other === index ? 1 : 0))];
    const [step = 0, before = 0] = steps.slice(index, index + 2);
    const lower = ladders[index + lag] ?? [];
    const highest = step >= start ? order : 0;
    for (let i = 0; i < highest; i++) {
      const [mine, theirs] = [ladder[i], lower[i]];
      if (!mine || !theirs) break;
      ladder.push(mine.map((weight, other) => (weight - (theirs[other] ?? 0)) / (step - before)));
    }
    ladders[index] = ladder;
  }
  return ladders[0] ?? [];
}

/** Features whose weight is zero need not be read. The newest stays. */
export function withoutTrailingZeros(weights: readonly number[]): readonly number[] {
  const last = weights.findLastIndex((weight) => weight !== 0);
  return weights.slice(0, Math.max(1, last + 1));
}
