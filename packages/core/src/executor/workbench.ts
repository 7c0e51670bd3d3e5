import type { FeatureOps } from '../pass/features.ts';
import type { Pass, SpanResult } from '../pass/runner.ts';
import type { Holdings } from './holdings.ts';

type Entered<Feature> = Pick<Pass<Feature, unknown>, 'x' | 'looked'>;

/** The features that a pass is working with. Whatever is still there when the pass ends, or fails, is freed. */
export class Workbench<Feature extends object> {
  readonly #holdings: Holdings<Feature>;
  readonly #features: Feature[] = [];
  #x: Feature | undefined;
  #streamShape = '';
  #sampleShape = '';

  /** @param holdings - shared with the cache: a feature may be in both */
  constructor(holdings: Holdings<Feature>) {
    this.#holdings = holdings;
  }

  /**
   * Takes charge of what a pass begins with: the stream at position 0, and what was looked at while entering.
   *
   * @param ops - tells its signature
   */
  open({ x, looked }: Entered<Feature>, ops: Pick<FeatureOps<Feature>, 'shape'>): void {
    this.#x = this.adopt(x);
    this.adoptAll(looked);
    this.#streamShape = ops.shape(x);
  }

  /** Takes charge of the sample that the pass is given. */
  openSample(sample: Feature, ops: Pick<FeatureOps<Feature>, 'shape'>): void {
    this.adopt(sample);
    this.#sampleShape = ops.shape(sample);
  }

  /** The stream where the pass stands. */
  get x(): Feature {
    if (this.#x === undefined) throw new TypeError('the pass was not entered');
    return this.#x;
  }

  /**
   * Signature of the pass as entries that start at a position see it: entries made under another one do not fit. The
   * whole model goes by its sample, what lies in the stream by the stream at position 0.
   */
  shapeAt(from: number): string {
    return from < 0 ? this.#sampleShape : this.#streamShape;
  }

  /** Takes charge of a feature. */
  adopt(feature: Feature): Feature {
    this.#holdings.own(feature);
    this.#features.push(feature);
    return feature;
  }

  /** Takes charge of what a runner returned before anybody checks it, so that what a broken result has is freed too. */
  adoptAll(returned: unknown): void {
    const features: unknown[] = Array.isArray(returned) ? returned : [];
    for (const feature of features)
      if (typeof feature === 'object' && feature !== null) this.adopt(feature as Feature);
  }

  /** The same for the result of a span. */
  adoptResult(result: SpanResult<Feature> | undefined): void {
    this.adoptAll([result?.x]);
    this.adoptAll(result?.taps);
  }

  /** Lets go of a feature, once for each time it was adopted. */
  release(feature: Feature): void {
    const index = this.#features.lastIndexOf(feature);
    if (index < 0) return;
    this.#features.splice(index, 1);
    this.#holdings.release(feature);
  }

  /** Moves the stream on to an adopted feature; the old one is let go. */
  advance(x: Feature): void {
    const old = this.x;
    this.#x = x;
    this.release(old);
  }

  /** Lets go of everything. */
  clear(): void {
    for (const feature of this.#features.splice(0)) this.#holdings.release(feature);
  }
}
