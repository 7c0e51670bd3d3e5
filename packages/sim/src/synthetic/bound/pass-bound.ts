import { outputOf, SAMPLE, type DecisionRecord, type Entry } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { ModuleState } from '../moment.ts';
import { combinationError, type Wanted } from './combination.ts';
import type { BoundConstants, PassNorms, PassPoint } from './constants.ts';
import type { KeptFeature, Ledger, LedgerTerm } from './ledger.ts';
import { Path } from './path.ts';
import { stored } from './rounding.ts';
import type { Variations } from './variation.ts';

/** What the bounds of all passes of a run share. */
export interface BoundContext {
  readonly constants: BoundConstants;
  readonly variations: Variations;
  readonly ledger: Ledger;
  /** Norm of the cached run's sample before a step, at most. */
  readonly sampleNorm: (step: number) => number;
  /** True if some forecast came out non-finite, and was replaced by its newest term: which one is not told. */
  readonly replaced: boolean;
}

/**
 * Follows one pass of a cached run beside a fresh pass for the same sample, decision by decision: how far apart are they?
 */
export class PassBound {
  readonly #context: BoundContext;
  readonly #point: PassPoint;
  readonly #states: readonly ModuleState[];
  readonly #norms: PassNorms;
  readonly #path: Path;
  readonly #values: (number | undefined)[];
  /** Entries that the pass was to remember, which is done at its end. */
  readonly #entries: Entry[] = [];
  #output: number | undefined;

  /**
   * @param context - of the run
   * @param point - which pass
   */
  constructor(context: BoundContext, point: PassPoint) {
    const { constants } = context;
    this.#context = context;
    this.#point = point;
    this.#states = constants.statesOf(point);
    this.#norms = constants.normsOf(point, context.sampleNorm(point.step));
    this.#path = new Path(constants.length);
    this.#values = [];
  }

  /** Norm of the fresh prediction, at most. */
  get norm(): number {
    return this.#norms.output;
  }

  /** How far the cached pass's prediction is from the fresh one, at most; the ledger then has what the pass kept. */
  follow(records: readonly DecisionRecord[]): number {
    for (const record of records)
      if (record.did === 'computed') this.#compute(record);
      else if (record.did === 'reused') this.#reuse(record);
    const output = this.#output ?? this.#leave();
    for (const entry of this.#entries) this.#keep(entry, output);
    return output;
  }

  #compute({ site, until, keep = [] }: DecisionRecord): void {
    const { constants } = this.#context;
    this.#entries.push(...keep);
    for (let module = Math.max(site, 0); module < Math.min(until, constants.length); module++) {
      const apart = this.#apartAt(module);
      const norm = this.#norms.stream[module] as number;
      const state = this.#states[module] as ModuleState;
      const { value, increment } = constants.spread(state, module, apart, [norm, norm + apart]);
      this.#values[module] = value;
      this.#path.step(module, increment);
    }
  }

  #reuse(record: DecisionRecord): void {
    const { site, until, form = 'residual' } = record;
    const terms = this.#context.ledger.find(record);
    if (!terms) throw this.#foreign(`reuses ${site}–${until}, which nothing before it has kept`);
    if (form === 'value') return this.#reuseValue(site, terms);
    if (site === SAMPLE) return this.#reuseWhole(form, terms);
    const error = this.#error(terms, this.#wanted(site, until, form));
    const apart = this.#apartAt(site);
    if (form === 'output') return this.#path.go(site, until, error, apart + error);
    const rounding = stored((this.#norms.stream[until] as number) + apart + error);
    this.#path.go(site, until, apart + error + rounding, error + rounding);
  }

  #reuseValue(module: number, terms: readonly LedgerTerm[]): void {
    const { constants, variations } = this.#context;
    const { gate } = this.#states[module] as ModuleState;
    const error = this.#error(terms, {
      norm: constants.full,
      variation: ({ kept }) => variations.between(this.#point, kept).values[module] as number,
    });
    const fresh = this.#norms.stream[module + 1] as number;
    // Both streams are rounded once more as the value is added.
    const rounding = stored(fresh) + stored(fresh + this.#apartAt(module) + gate * error);
    this.#path.step(module, gate * error + rounding);
  }

  #reuseWhole(form: 'output' | 'residual', terms: readonly LedgerTerm[]): void {
    const { variations, sampleNorm } = this.#context;
    const sample = form === 'residual' ? sampleNorm(this.#point.step) : 0;
    const error = this.#error(terms, {
      norm: this.#norms.output + sample,
      variation: ({ kept }) => {
        const { output, sample: moved } = variations.between(this.#point, kept);
        return form === 'residual' ? output + moved : output;
      },
    });
    this.#output = error + (form === 'residual' ? stored(this.#norms.output + error) : 0);
  }

  /** What the stream, or what is added to it, is between two positions of a fresh pass. */
  #wanted(from: number, until: number, form: 'output' | 'residual'): Wanted {
    const { variations } = this.#context;
    return {
      norm: this.#normOf(from, until, form),
      variation: ({ kept }) => {
        const { path } = variations.between(this.#point, kept);
        return (form === 'output' ? path.at(until) : path.between(from, until)) ?? Number.NaN;
      },
    };
  }

  #normOf(from: number, until: number, form: 'output' | 'residual'): number {
    const [start, end] = [from, until].map((position) => this.#norms.stream[position] as number);
    if (form === 'output') return end as number;
    const added = this.#context.constants.addedBy(this.#states, from, until);
    const rounding = (until - from) * stored(end as number);
    return Math.min(added + rounding, (start as number) + (end as number));
  }

  #error(terms: readonly LedgerTerm[], wanted: Wanted): number {
    const error = combinationError(terms, wanted);
    const [first] = terms;
    if (!this.#context.replaced || !first) return error;
    return Math.max(error, combinationError([{ weight: 1, kept: first.kept }], wanted));
  }

  #leave(): number {
    const { constants } = this.#context;
    const apart = this.#apartAt(constants.length);
    if (apart === 0) return 0;
    const error = constants.headOf(this.#point.step) * apart;
    return error + stored(this.#norms.output) + stored(this.#norms.output + error);
  }

  #keep(entry: Entry, output: number): void {
    const feature = this.#featureOf(entry, output);
    if (feature) this.#context.ledger.keep(entry, { ...this.#point, ...feature });
  }

  /** Undefined for what cannot be reused, or was not completed because its end was skipped. */
  #featureOf({ from, until, form }: Entry, output: number): Pick<KeptFeature, 'apart' | 'norm'> | undefined {
    const { constants, sampleNorm } = this.#context;
    if (form === 'value') return defined(this.#values[from], constants.full);
    if (until === outputOf(constants.length)) {
      if (form === 'output') return defined(output, this.#norms.output);
      if (from !== SAMPLE) return undefined;
      const norm = this.#norms.output + sampleNorm(this.#point.step);
      return defined(output + stored(norm + output), norm);
    }
    if (from === SAMPLE && form === 'residual') return undefined;
    if (form === 'output') return defined(this.#path.at(until), this.#normOf(from, until, form));
    const apart = this.#path.between(from, until);
    const norm = this.#normOf(from, until, form);
    return apart === undefined ? undefined : defined(apart + stored(norm + apart), norm);
  }

  #apartAt(position: number): number {
    const apart = this.#path.at(position);
    if (apart !== undefined) return apart;
    throw this.#foreign(`goes on at ${position}, where the pass does not stand`);
  }

  #foreign(what: string): SimError {
    const { step, branch } = this.#point;
    return new SimError(
      'OPTION_INVALID',
      `[sim] driftBound: expected the decisions of a finished run of this model, got a pass (step ${step}, ${branch}) ` +
        `that ${what}; pass the report of a run by simulate()`,
    );
  }
}

function defined(apart: number | undefined, norm: number): Pick<KeptFeature, 'apart' | 'norm'> | undefined {
  return apart === undefined ? undefined : { apart, norm: norm + apart };
}
