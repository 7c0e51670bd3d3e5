/** Counts steps of work and estimates the time left from the pace so far. */
export interface Pace {
  /** So many more steps are done. */
  advance(steps: number): void;
  /** So many steps need not be done after all: they do not count for the pace. */
  skip(steps: number): void;
  /** For example `40 % · 35 s left`. */
  describe(): string;
}

/**
 * @param total - steps of work in all
 * @param now - clock in milliseconds
 */
export function startPace(total: number, now: () => number = () => performance.now()): Pace {
  const start = now();
  let done = 0;
  let skipped = 0;
  return {
    advance: (steps) => {
      done += steps;
    },
    skip: (steps) => {
      skipped += steps;
    },
    describe() {
      const share = total === 0 ? 1 : (done + skipped) / total;
      const percent = `${Math.floor(share * 100)} %`;
      // The first steps include compilation and tell little about the pace.
      if (done < 5) return percent;
      const left = ((now() - start) / done) * (total - done - skipped);
      return `${percent} · ${formatDuration(left / 1000)} left`;
    },
  };
}

/** Seconds as `8 s`, `3 min 20 s` or `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
