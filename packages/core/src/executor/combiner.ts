import type { FeatureOps, WeightedFeature } from '../pass/features.ts';
import type { Entry, Refusal, ReuseDecision } from '../policy/decision.ts';
import { refusalOf } from './cache-store.ts';
import type { Lane } from './lane.ts';
import type { Recorder } from './recorder.ts';
import type { Workbench } from './workbench.ts';

/** A cached feature with its weight, and what is taken of it. */
interface FoundTerm<Feature> extends WeightedFeature<Feature> {
  readonly lowPass?: number;
}

/** The features that a reuse combines, or why it cannot. */
export type FoundTerms<Feature> =
  | { readonly refused: Refusal }
  | { readonly refused?: undefined; readonly terms: readonly FoundTerm<Feature>[] };

/**
 * Finds what a reuse combines: features of the lane's own history, newest first, and those borrowed from others.
 *
 * @param decision - what the policy wants
 * @param entry - the span and form
 * @param lane - whose pass it is
 * @param shape - signature of the pass
 */
export function findTerms<Feature extends object>(
  { weights, steps, borrowed = [] }: ReuseDecision,
  entry: Entry,
  lane: Lane<Feature>,
  shape: string,
): FoundTerms<Feature> {
  const oldest = lane.step - lane.maxAge;
  const own = lane.cache.find(entry);
  const refused = refusalOf(own, { depth: weights.length, steps, shape, oldest });
  if (refused) return { refused };
  const terms: FoundTerm<Feature>[] = weights.flatMap((weight, index) => {
    const feature = own?.features[index];
    return feature ? [{ weight, feature }] : [];
  });
  for (const { weight, branch, step, slot, lowPass } of borrowed) {
    const { from, until, form } = entry;
    const other = lane.siblings.get(branch)?.cache.find({ from, until, form, ...(slot && { slot }) });
    const feature = other?.features[other.steps.indexOf(step)];
    if (!other || !feature) return { refused: 'nothing-cached' };
    if (other.shape !== shape) return { refused: 'shape-changed' };
    if (step < oldest) return { refused: 'too-old' };
    terms.push({ weight, feature, ...(lowPass !== undefined && { lowPass }) });
  }
  return { terms };
}

/** Combines cached features. What it returns is adopted by the bench. */
export class Combiner<Feature extends object> {
  readonly #ops: FeatureOps<Feature>;
  readonly #bench: Workbench<Feature>;
  readonly #recorder: Recorder;

  /**
   * @param ops - arithmetic on features
   * @param bench - becomes the owner of what comes out
   * @param recorder - takes warnings
   */
  constructor(ops: FeatureOps<Feature>, bench: Workbench<Feature>, recorder: Recorder) {
    this.#ops = ops;
    this.#bench = bench;
    this.#recorder = recorder;
  }

  /**
   * Σ weight · feature, plus a base where one is given. Plain reuse shares the feature instead of copying it. A forecast
   * that is not finite is replaced by its first term alone, the newest value.
   */
  async combine(found: readonly FoundTerm<Feature>[], base?: Feature): Promise<Feature> {
    const plain = found.length === 1 && found[0]?.weight === 1 && found[0].lowPass === undefined;
    if (plain) return this.#alone(found[0], base);
    const terms = await Promise.all(found.map((term) => this.#filtered(term)));
    const all = base ? [{ weight: 1, feature: base }, ...terms] : terms;
    const combined = this.#bench.adopt(await this.#ops.combine(all));
    terms.forEach(({ feature }, index) => {
      if (feature !== found[index]?.feature) this.#bench.release(feature);
    });
    if (!this.#ops.isFinite || (await this.#ops.isFinite(combined))) return combined;
    this.#recorder.warnings.add(
      'non-finite-forecast',
      `a forecast from ${found.length} cached features was not finite: the newest value was used as it is`,
    );
    this.#bench.release(combined);
    return this.#alone(found[0], base);
  }

  async #alone(term: FoundTerm<Feature> | undefined, base?: Feature): Promise<Feature> {
    if (!term) throw new TypeError('nothing to combine');
    const { feature } = term;
    if (!base) return this.#bench.adopt(feature);
    return this.#bench.adopt(
      await this.#ops.combine([
        { weight: 1, feature: base },
        { weight: 1, feature },
      ]),
    );
  }

  async #filtered({ weight, feature, lowPass }: FoundTerm<Feature>): Promise<WeightedFeature<Feature>> {
    if (lowPass === undefined || !this.#ops.lowPass) return { weight, feature };
    return { weight, feature: this.#bench.adopt(await this.#ops.lowPass(feature, lowPass)) };
  }
}
