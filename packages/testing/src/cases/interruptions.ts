import fc from 'fast-check';

/** How a run comes to its end too early: aborted by its signal, ended by its owner, or by a runner that throws. */
export interface Interruption {
  /** Passes that are finished before. */
  readonly after: number;
  readonly by: 'abort' | 'end' | 'failure';
}

/** Interruptions anywhere in a run of so many passes, also before the first and after the last. */
export function interruptions(passes: number): fc.Arbitrary<Interruption> {
  return fc.record({
    after: fc.nat(passes),
    by: fc.constantFrom<Interruption['by']>('abort', 'end', 'failure'),
  });
}
