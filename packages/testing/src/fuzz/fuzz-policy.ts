import fc from 'fast-check';
import { walkCases, type PolicySource, type WalkCase } from '../cases/policy-source.ts';
import type { LawSetting, PolicyLaw } from '../laws/law.ts';
import {
  lawsFor,
  propertiesOf,
  settingOf,
  type LawProperty,
  type PropertyOptions,
} from '../laws/properties.ts';
import { compare, pure } from '../laws/pure.ts';
import { tryProperty, type LawFailure } from '../laws/try-property.ts';
import { walkAll } from '../laws/walk-all.ts';
import { Tallier, type FuzzTally } from './tally.ts';

/** How long and how a policy is fuzzed. */
export interface FuzzOptions extends PropertyOptions {
  /** Cases to try; 10 000 when left out, any number when a time is given. */
  readonly cases?: number;
  /** Stops after so many seconds. */
  readonly seconds?: number;
  /** Of the random cases. */
  readonly seed: number;
  /** Walked cases for each that is executed, which takes a hundred times as long; 25 when left out. */
  readonly walksPerRun?: number;
  /** Told now and then what was tried so far. */
  readonly onProgress?: (tally: FuzzTally) => void;
  /** Stops at once. */
  readonly signal?: AbortSignal;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

/** What came of it. */
export interface FuzzResult {
  readonly seed: number;
  readonly tally: FuzzTally;
  /** The first law that was found broken, on the smallest case. */
  readonly failure?: LawFailure;
}

/** Between chunks others get their turn: progress, time and the user's wish to stop are looked at. */
const CHUNK = 500;

/**
 * Tries the laws on a policy until one is broken or all cases are through: mostly walks, which take microseconds, and now
 * and then a run that is executed, on each law in turn.
 *
 * @param source - as of {@link policyLaws}
 * @param options - how long, and which cases
 * @throws TestingError `OPTION_INVALID`, `CASES_UNSUITABLE` as {@link policyLaws}
 */
export async function fuzzPolicy(source: PolicySource, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, seconds = Infinity, walksPerRun = 25, signal, onProgress = () => {} } = options;
  const cases = options.cases ?? (seconds < Infinity ? Infinity : 10_000);
  const session = new Session(source, options);
  const { tallier } = session;
  const reached = (): boolean => {
    const { tally } = tallier;
    return tally.cases >= cases || tally.seconds >= seconds || signal?.aborted === true;
  };
  for (let chunk = 0; !reached(); chunk++) {
    const count = Math.min(CHUNK, cases - tallier.tally.cases);
    const walks = session.walks ? Math.max(1, Math.floor((count * walksPerRun) / (walksPerRun + 1))) : 0;
    const failure =
      (await session.walk((seed + chunk) | 0, walks)) ??
      (await session.execute((seed + chunk) | 0, count - walks, reached));
    if (failure) return { seed, tally: tallier.tally, failure };
    onProgress(tallier.tally);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { seed, tally: tallier.tally };
}

/** A policy that is being fuzzed. */
class Session {
  readonly tallier: Tallier;
  readonly #setting: LawSetting;
  readonly #cases: fc.Arbitrary<WalkCase>;
  readonly #walked: readonly LawProperty[];
  readonly #executed: readonly LawProperty[];
  /** Laws that look at a walk, and those that can but walk again: of these each case is tried on one, in turn. */
  readonly #looking: readonly PolicyLaw[];
  readonly #walking: readonly PolicyLaw[];
  #turn = 0;

  constructor(source: PolicySource, options: FuzzOptions) {
    this.tallier = new Tallier(options.now ?? (() => performance.now()));
    this.#setting = settingOf(options);
    this.#cases = walkCases(source, options.runs);
    const properties = propertiesOf(source, options);
    this.#walked = properties.filter(({ name }) => !name.includes('/'));
    this.#executed = properties.filter(({ name }) => name.includes('/'));
    const laws = lawsFor(this.#setting.capabilities).filter((law) =>
      this.#walked.some((property) => property.law === law),
    );
    this.#looking = laws.filter((law) => law.course !== undefined);
    this.#walking = laws.filter((law) => law.course === undefined);
  }

  /** True if there is a law that a walk can show. */
  get walks(): boolean {
    return this.#walked.length > 0;
  }

  /** So many cases, walked. */
  async walk(seed: number, numRuns: number): Promise<LawFailure | undefined> {
    if (numRuns === 0) return undefined;
    const { tallier } = this;
    let broken: PolicyLaw | undefined;
    const details = fc.check(
      fc.property(this.#cases, (given) => {
        const turn = this.#walking[this.#turn++ % Math.max(1, this.#walking.length)];
        const laws = turn && turn !== pure ? [...this.#looking, turn] : this.#looking;
        let found: PolicyLaw | undefined = undefined;
        const first = walkAll(laws, given, this.#setting, (course) => {
          tallier.course(course);
          if (turn === pure && compare(given, course, (text) => tallier.state(text))) found = pure;
        });
        broken = first?.law ?? found;
        return broken === undefined;
      }),
      { seed, numRuns, endOnFailure: true },
    );
    if (!details.failed) return undefined;
    return this.#smallest(broken, seed, details.counterexamplePath ?? '', details.errorInstance);
  }

  /** The same case, tried on that law alone, so that what it is made smaller by is the same fault. */
  async #smallest(
    law: PolicyLaw | undefined,
    seed: number,
    path: string,
    error: unknown,
  ): Promise<LawFailure | undefined> {
    for (const property of this.#walked) {
      if (law && property.law !== law) continue;
      const failure = await tryProperty(property, { seed, path, numRuns: CHUNK });
      if (failure) return failure;
    }
    throw error instanceof Error ? error : new Error('a case failed and did not fail again');
  }

  /** So many cases, executed: of each law in turn. */
  async execute(seed: number, count: number, stop: () => boolean): Promise<LawFailure | undefined> {
    for (let index = 0; index < count && !stop(); index++) {
      const property = this.#executed[this.tallier.executed % Math.max(1, this.#executed.length)];
      if (!property) return undefined;
      this.tallier.executed += 1;
      const failure = await tryProperty(property, { seed: (seed * 31 + index) | 0, numRuns: 1 });
      if (failure) return failure;
    }
    return undefined;
  }
}
