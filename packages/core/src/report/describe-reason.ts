import type { Reason } from '../policy/reason.ts';

/** A reason in words, for reports and timelines: `indicator 0.120 < threshold 0.15`. */
export function describeReason(why: Reason): string {
  const digits = (value: number): string => value.toPrecision(3);
  switch (why.kind) {
    case 'always-compute':
      return 'this policy never reuses here';
    case 'first':
      return 'nothing computed before';
    case 'warm-up':
      return `warm-up until step ${why.until}`;
    case 'tail':
      return `tail: everything from step ${why.from} on is computed`;
    case 'outside-window':
      return `timestep ${digits(why.timestep)} is not between ${why.low} and ${why.high}`;
    case 'schedule':
      return 'by schedule';
    case 'above-threshold':
      return `indicator ${digits(why.value)} ≥ threshold ${why.threshold}`;
    case 'below-threshold':
      return `indicator ${digits(why.value)} < threshold ${why.threshold}`;
    case 'age-limit':
      return `reused ${why.age} times in a row, the limit is ${why.limit}`;
    case 'no-indicator':
      return `no usable indicator (${why.because.replace('-', ' ')})`;
    case 'look':
      return 'looks before deciding';
    case 'recorded':
      return 'as recorded';
    case 'limit':
      return `${why.of} ${digits(why.value)}, the limit is ${why.limit}`;
    case 'follows':
      return `as branch ${why.branch} decided`;
    case 'target':
      return `budget: at ${digits(why.value)} of a target of ${why.target}`;
    case 'rule':
      return why.text;
  }
}
