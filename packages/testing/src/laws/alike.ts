/** True if two plain values are the same in all their parts. NaN is NaN; what is undefined is as good as not there. */
export function alike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  for (const key of Object.keys(left)) if (!alike(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** The index of the first item in which two lists differ; undefined if they do not. */
export function firstDifference(one: readonly unknown[], other: readonly unknown[]): number | undefined {
  const count = Math.max(one.length, other.length);
  for (let index = 0; index < count; index++) if (!alike(one[index], other[index])) return index;
  return undefined;
}

/** The same value with everything in it frozen. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
    for (const item of Object.values(Object.freeze(value))) frozen(item);
  return value;
}
