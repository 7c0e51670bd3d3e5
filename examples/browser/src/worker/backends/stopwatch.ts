/** Adds up how long an asynchronous function took over all its calls. */
export interface Stopwatch {
  /** The same function, whose time counts. */
  timed<Arguments extends readonly unknown[], Result>(
    work: (...given: Arguments) => Promise<Result>,
  ): (...given: Arguments) => Promise<Result>;
  readonly seconds: () => number;
}

/** A stopwatch at zero. Calls that overlap are not expected, and would count twice. */
export function stopwatch(): Stopwatch {
  let milliseconds = 0;
  return {
    timed:
      (work) =>
      async (...given) => {
        const start = performance.now();
        try {
          return await work(...given);
        } finally {
          milliseconds += performance.now() - start;
        }
      },
    seconds: () => milliseconds / 1000,
  };
}
