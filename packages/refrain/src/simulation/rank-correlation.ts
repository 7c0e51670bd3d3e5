/**
 * Spearman's rank correlation: how surely larger values of one go with larger values of the other, −1 … 1. Equal values share
 * their mean rank.
 *
 * @returns null where one of both is the same throughout
 */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  const [first, second] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [product, squaresOfFirst, squaresOfSecond] = [0, 0, 0];
  for (const [index, rank] of first.entries()) {
    const [x, y] = [rank - middle, (second[index] ?? middle) - middle];
    product += x * y;
    squaresOfFirst += x * x;
    squaresOfSecond += y * y;
  }
  const size = Math.sqrt(squaresOfFirst * squaresOfSecond);
  return size === 0 ? null : product / size;
}

function ranks(values: readonly number[]): readonly number[] {
  const order = [...values.keys()].toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const found: number[] = Array.from({ length: values.length }, () => 0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let at = start; at <= end; at++) found[order[at] ?? 0] = (start + end) / 2;
    start = end + 1;
  }
  return found;
}
