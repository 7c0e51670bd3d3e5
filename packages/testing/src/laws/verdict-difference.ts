import type { DecisionRecord } from '@refrain/core';

/** The first decision in which two courses differ, whatever the numbers that led to it; undefined if there is none. */
export function verdictDifference(
  one: readonly DecisionRecord[],
  other: readonly DecisionRecord[],
): number | undefined {
  const count = Math.max(one.length, other.length);
  for (let index = 0; index < count; index++) {
    const [left, right] = [one[index], other[index]];
    if (!left || !right || !isSame(left, right)) return index;
  }
  return undefined;
}

function isSame(one: DecisionRecord, other: DecisionRecord): boolean {
  return (
    one.did === other.did &&
    one.site === other.site &&
    one.until === other.until &&
    one.step === other.step &&
    one.why.kind === other.why.kind &&
    one.refused === other.refused
  );
}
