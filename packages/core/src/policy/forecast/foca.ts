/**
 * What FoCa remembers of an entry: the two newest values, computed or forecast, as weights over the values at computed
 * steps, newest first.
 */
export type FocaMemory = {
  readonly current: readonly number[];
  /** Null until a second value was computed. */
  readonly previous: readonly number[] | null;
};

/** Forecasts farther ahead than this are pulled back towards the value. */
const FAR = 3;

/** What is remembered before anything was computed. */
export const noFoca: FocaMemory = { current: [], previous: null };

/**
 * What is remembered after a further value was computed.
 *
 * @param depth - how many values are at hand; the weight of older ones goes to the oldest of these
 */
export function focaAfterComputed({ current }: FocaMemory, depth: number): FocaMemory {
  const previous = current.length > 0 ? folded([0, ...current], depth) : null;
  return { current: [1], previous };
}

/**
 * Weights of FoCa's forecast (arXiv 2508.16211; cache-dit, commit f86744af). With F the values at the two newest computed
 * steps and f the two newest values of all, forecasts among them, Δ steps after the newest computed one:
 *
 *     forecast = F_n + h · (F_n − F_{n−1} + f_k − f_{k−1}),    h = Δ/2 up to Δ = 3, and 9/(2Δ) beyond
 *
 * The differences are not divided by their distances in steps. h beyond 3 is the blend of the source, which takes the
 * change of Δ = 3 with a weight of 3/Δ. One computed value is used as it is.
 *
 * @param elapsed - Δ
 * @returns weights over the values at computed steps, newest first; they sum to 1
 */
export function focaWeights({ current, previous }: FocaMemory, elapsed: number): readonly number[] {
  if (!previous) return [1];
  const height = elapsed > FAR ? (FAR * FAR) / (2 * elapsed) : elapsed / 2;
  const anchor = [1, -1];
  const length = Math.max(anchor.length, current.length, previous.length);
  return Array.from({ length }, (_, index) => {
    const change = (anchor[index] ?? 0) + (current[index] ?? 0) - (previous[index] ?? 0);
    return (index === 0 ? 1 : 0) + height * change;
  });
}

/** What is remembered after a forecast was used. A single value that was used as it is leaves no trace. */
export function focaAfterForecast(memory: FocaMemory, elapsed: number): FocaMemory {
  if (!memory.previous) return memory;
  return { current: focaWeights(memory, elapsed), previous: memory.current };
}

function folded(weights: readonly number[], depth: number): readonly number[] {
  if (weights.length <= depth) return weights;
  const rest = weights.slice(depth - 1).reduce((sum, weight) => sum + weight, 0);
  return [...weights.slice(0, depth - 1), rest];
}
