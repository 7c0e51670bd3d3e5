import type { Survivor } from './summary.ts';

/** Why a mutant survives although nothing is amiss. */
interface Known extends Pick<Survivor, 'original' | 'replacement'> {
  /** The file's end: `cache-store.ts`. */
  readonly file: string;
  readonly reason: string;
}

/** Mutants that were looked at: they change nothing that can be seen. By their code, since lines move. */
const known: readonly Known[] = [
  {
    file: 'cache-store.ts',
    original: '-Infinity',
    replacement: '+Infinity',
    reason: 'an entry has as many steps as features, and never none: only the compiler wants the alternative',
  },
  {
    file: 'cache-store.ts',
    original: 'oldest',
    replacement: 'true',
    reason: 'what is dropped comes from a list that was just seen not to be empty',
  },
  {
    file: 'cache-store.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'what is not held is let go of without any effect',
  },
  {
    file: 'holdings.ts',
    original: 'owners === undefined',
    replacement: 'false',
    reason: 'nobody lets go of what nobody owns; the check keeps a mistake from disposing of a feature twice',
  },
  {
    file: 'holdings.ts',
    original: 'held',
    replacement: 'true',
    reason: 'only what the cache holds is dropped',
  },
  {
    file: 'combiner.ts',
    original: 'plain',
    replacement: 'false',
    reason: 'plain reuse shares a feature instead of adding up one term: the same numbers, less work',
  },
  {
    file: 'keeper.ts',
    original: '!this.waits',
    replacement: 'false',
    reason: 'a short cut: a loop over nothing does nothing',
  },
];

/** Why a survivor survives, if that is known. */
export function reasonFor(file: string, { original, replacement }: Survivor): string | undefined {
  const one = known.find(
    (candidate) =>
      file.endsWith(`/${candidate.file}`) &&
      candidate.original === original &&
      candidate.replacement === replacement,
  );
  return one?.reason;
}
