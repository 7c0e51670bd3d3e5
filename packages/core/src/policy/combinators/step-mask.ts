/** Whether a mask lets a step reuse. Steps behind its end count as 0, as in cache-dit. */
export function mayReuse(mask: string, step: number): boolean {
  return mask[step] !== '1';
}

/** How many steps at the start a mask computes. */
export function leadingOnes(mask: string, steps: number): number {
  return Math.min(/^1*/.exec(mask)?.[0].length ?? 0, steps);
}

/** How many steps at the end a mask computes. */
export function trailingOnes(mask: string, steps: number): number {
  return (/1*$/.exec(mask.slice(0, steps).padEnd(steps, '0'))?.[0] ?? '').length;
}

/** The longest run of zeros of a mask in a run. */
export function longestZeros(mask: string, steps: number): number {
  const zeros = mask.slice(0, steps).padEnd(steps, '0').split('1');
  return Math.max(0, ...zeros.map((run) => run.length));
}
