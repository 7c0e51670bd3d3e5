import type { FeatureOps } from '../pass/features.ts';
import type { Entry } from '../policy/decision.ts';
import type { Lane } from './lane.ts';
import type { Recorder } from './recorder.ts';
import type { Stretch } from './stretch.ts';
import type { TapList } from './taps.ts';
import type { Workbench } from './workbench.ts';

/** An entry that waits until the pass has reached its end. */
interface Waiting<Feature> {
  readonly entry: Entry;
  /** The stream where the entry starts, adopted by the bench; only residuals need it. */
  before?: Feature;
}

/** Finds the stream at a position, or the value of the inner site there; undefined if it is not at hand. */
export type FindState<Feature> = (of: 'stream' | 'value', at: number) => Feature | undefined;

/** Makes cache entries of one pass: they may start in one stretch and end in a later one. */
export class Keeper<Feature extends object> {
  readonly #ops: FeatureOps<Feature>;
  readonly #lane: Lane<Feature>;
  readonly #bench: Workbench<Feature>;
  readonly #recorder: Recorder;
  readonly #waiting: Waiting<Feature>[] = [];

  /**
   * @param ops - arithmetic on features
   * @param lane - where entries are kept
   * @param bench - owns the features in work
   * @param recorder - takes times and warnings
   */
  constructor(ops: FeatureOps<Feature>, lane: Lane<Feature>, bench: Workbench<Feature>, recorder: Recorder) {
    this.#ops = ops;
    this.#lane = lane;
    this.#bench = bench;
    this.#recorder = recorder;
  }

  /** True while entries wait for features of the pass. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Entries to remember, none of which the pass has passed yet. */
  want(entries: readonly Entry[]): void {
    this.#waiting.push(...entries.map((entry) => ({ entry })));
  }

  /** True if an entry waits for the stream at a position. */
  wants(at: number): boolean {
    return this.#waiting.some(
      ({ entry: { from, until, form } }) => until === at || (from === at && form === 'residual'),
    );
  }

  /** Asks for the taps that waiting entries need of a stretch. A value that is given there is not computed. */
  wantTaps(taps: TapList, { from, until, values }: Stretch<unknown>): void {
    for (const { entry } of this.#waiting)
      if (entry.form !== 'value' || !values.has(entry.from)) taps.wantEntry(entry, from, until);
  }

  /** Takes what a stretch (or a single position, when `from` is `until`) has for the waiting entries, and keeps those that are complete. */
  async collect(from: number, until: number, find: FindState<Feature>): Promise<void> {
    if (!this.waits) return;
    await this.#recorder.time('keep', async () => {
      const all = this.#waiting.splice(0);
      try {
        for (let waiting = all.shift(); waiting; waiting = all.shift())
          if (!(await this.#advance(waiting, from, until, find))) this.#waiting.push(waiting);
      } finally {
        this.#waiting.push(...all);
      }
    });
  }

  /** True when the entry is settled: kept, or impossible to make. */
  async #advance(
    waiting: Waiting<Feature>,
    from: number,
    until: number,
    find: FindState<Feature>,
  ): Promise<boolean> {
    const { entry } = waiting;
    if (entry.from < from && entry.until < from) return true;
    if (entry.form === 'value') return this.#collectValue(entry, from, until, find);
    if (entry.form === 'residual' && entry.from >= from && entry.from <= until && !waiting.before) {
      const before = find('stream', entry.from);
      if (before) waiting.before = this.#bench.adopt(before);
    }
    if (entry.until > until || entry.until < from) return false;
    const after = find('stream', entry.until);
    if (after) await this.#complete(waiting, after);
    return after !== undefined;
  }

  async #collectValue(entry: Entry, from: number, until: number, find: FindState<Feature>): Promise<boolean> {
    if (entry.from < from || entry.until > until) return false;
    const value = find('value', entry.from);
    if (value) await this.#keep(entry, value);
    return true;
  }

  async #complete({ entry, before }: Waiting<Feature>, after: Feature): Promise<void> {
    if (entry.form === 'output') return this.#keep(entry, after);
    if (!before) return;
    if (this.#ops.shape(before) === this.#ops.shape(after)) {
      const residual = this.#bench.adopt(await this.#ops.subtract(after, before));
      await this.#keep(entry, residual);
      this.#bench.release(residual);
    } else
      this.#recorder.warnings.add(
        'shape-changed',
        `the stream has another shape at ${entry.until} than at ${entry.from}: their difference cannot be cached`,
      );
    this.#bench.release(before);
  }

  async #keep(entry: Entry, feature: Feature): Promise<void> {
    const { cache, step } = this.#lane;
    const span = `${entry.from}–${entry.until}`;
    if (this.#ops.isFinite && !(await this.#ops.isFinite(feature))) {
      this.#recorder.warnings.add(
        'non-finite-feature',
        `the feature of ${span} has NaN or infinite elements: not cached`,
      );
      cache.forget(entry);
    } else if (!cache.keep(entry, feature, this.#bench.shapeAt(entry.from), step))
      this.#recorder.warnings.add(
        'over-budget',
        `the byte budget has no room for the feature of ${span}: not cached`,
      );
  }
}
