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
  {
    file: 'combiner.ts',
    original: 'found.length === 1 && found[0]?.weight === 1 && found[0].lowPass === undefined',
    replacement: 'false',
    reason: 'plain reuse shares a feature instead of adding up one term: the same numbers, less work',
  },
  {
    file: 'combiner.ts',
    original: '!term',
    replacement: 'false',
    reason: 'the executor refuses a reuse that combines nothing before it comes here',
  },
  {
    file: 'keeper.ts',
    original: 'this.#waiting.length > 0',
    replacement: 'true',
    reason: 'a short cut: a loop over nothing does nothing',
  },
  {
    file: 'keeper.ts',
    original: 'this.#waiting.length > 0',
    replacement: 'this.#waiting.length >= 0',
    reason: 'a short cut: a loop over nothing does nothing',
  },
  {
    file: 'keeper.ts',
    original: '{ this.#waiting.push(...all); }',
    replacement: '{}',
    reason: 'after an error the pass is over, and what waited is kept by nobody',
  },
  {
    file: 'stretch-runner.ts',
    original: 'measure.length > 0',
    replacement: 'true',
    reason: 'measuring nothing gives nothing; the check saves a look at the clock',
  },
  {
    file: 'stretch-runner.ts',
    original: 'measure.length > 0',
    replacement: 'measure.length >= 0',
    reason: 'measuring nothing gives nothing; the check saves a look at the clock',
  },
  {
    file: 'stretch-runner.ts',
    original: 'cached.steps[0] !== lane.step',
    replacement: 'false',
    reason: 'an entry that could not be kept is forgotten as a whole, so that none of another step is found',
  },
  {
    file: 'taps.ts',
    original: 'tap.from < 0',
    replacement: 'false',
    reason: 'a difference is taken inside the stream or of the whole model: one end tells as much as both',
  },
  {
    file: 'taps.ts',
    original: 'tap.until > length',
    replacement: 'false',
    reason: 'a difference is taken inside the stream or of the whole model: one end tells as much as both',
  },
  {
    file: 'taps.ts',
    original: 'tap.from < 0 || tap.until > length',
    replacement: 'tap.from < 0 && tap.until > length',
    reason: 'a difference is taken inside the stream or of the whole model: one end tells as much as both',
  },
  {
    file: 'workbench.ts',
    original: 'index < 0',
    replacement: 'false',
    reason: 'nobody lets go of what is not on the bench',
  },
  {
    file: 'workbench.ts',
    original: 'this.#x === undefined',
    replacement: 'false',
    reason:
      'the stream is asked for only after the pass was entered; the check turns a mistake into an error that says so',
  },
  {
    file: 'compare.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'lists of the same length: only the compiler wants the alternative',
  },
  {
    file: 'compare.ts',
    original: 'ops.tokenNorms?.(pairsOf(norms))',
    replacement: 'ops.tokenNorms(pairsOf(norms))',
    reason:
      'a runner without the operation is refused before the first step: only the compiler wants the alternative',
  },
  {
    file: 'compare.ts',
    original: 'ops.motion?.(current, quantity.lag)',
    replacement: 'ops.motion(current, quantity.lag)',
    reason:
      'a runner without the operation is refused before the first step: only the compiler wants the alternative',
  },
  {
    file: 'compare.ts',
    original: "typeof quantity === 'object'",
    replacement: 'true',
    reason:
      'what is no object was placed before; the check is there for the compiler, and a second one follows it',
  },
  {
    file: 'compare.ts',
    original: 'results.filter((sums) => sums !== undefined)',
    replacement: 'results',
    reason: 'every comparison has found its place, or an error was thrown',
  },
  {
    file: 'compare.ts',
    original: 'sums !== undefined',
    replacement: 'true',
    reason: 'every comparison has found its place, or an error was thrown',
  },
  {
    file: 'compare.ts',
    original: 'sums.length !== comparisons.length',
    replacement: 'false',
    reason: 'a wrong number of sums is refused where they are placed',
  },
  {
    file: 'compare.ts',
    original: 'comparisons[index]?.quantity',
    replacement: 'comparisons[index].quantity',
    reason: 'lists of the same length: only the compiler wants the alternative',
  },
  {
    file: 'measurer.ts',
    original: 'requests.length > 0',
    replacement: 'true',
    reason: 'a short cut: a runner that is asked for nothing gives nothing',
  },
  {
    file: 'measurer.ts',
    original: 'requests.length > 0',
    replacement: 'requests.length >= 0',
    reason: 'a short cut: a runner that is asked for nothing gives nothing',
  },
  {
    file: 'measurer.ts',
    original: 'found',
    replacement: 'true',
    reason: 'there are as many sums as comparisons, or an error was thrown',
  },
  {
    file: 'measurer.ts',
    original: 'tap.at === at',
    replacement: 'true',
    reason: 'a look is refused before it comes here unless it is at the position itself',
  },
  {
    file: 'measurer.ts',
    original: "tap.of === 'residual'",
    replacement: 'false',
    reason: 'differences are not looked at: such a decision is refused',
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
