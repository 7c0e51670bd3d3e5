import {
  outputOf,
  SAMPLE,
  type DecisionRecord,
  type Entry,
  type PassInfo,
  type RunReport,
  type StepPlace,
} from '@refrain/core';
import type { InputOf } from '../toy/generate.ts';
import { lengthOf, type ToyModel } from '../toy/model.ts';

type Numbers = readonly number[];
type Place = Required<StepPlace>;

/** A feature that was kept, and when. */
interface Kept {
  readonly step: number;
  readonly numbers: Numbers;
}

/**
 * The outputs of a run of which the decisions are known, done by hand: every position of every pass is gone through one by
 * one, spans that were reused are replaced, everything that was ever kept is remembered whole. Slow and plain on purpose.
 *
 * @param toy - the model
 * @param places - the passes
 * @param input - of each pass
 * @param report - of the run: what was decided
 */
export function outputsByHand(
  toy: ToyModel,
  places: readonly Place[],
  input: InputOf,
  { decisions, timesteps }: Pick<RunReport, 'decisions' | 'timesteps'>,
): readonly (readonly number[])[] {
  const kept = new Map<string, Kept[]>();
  return places.map((place) => {
    const at: PassInfo = { ...place, timestep: timesteps[place.step] ?? Number.NaN };
    const own = decisions.filter(
      ({ step, branch, call, did }) =>
        did !== 'measured' && step === place.step && branch === place.branch && call === place.call,
    );
    return new HandPass(toy, at, input(place), kept).go(own);
  });
}

/** One pass: the stream at every position that it has stood at, and the values that were computed. */
class HandPass {
  readonly #toy: ToyModel;
  readonly #at: PassInfo;
  readonly #kept: Map<string, Kept[]>;
  readonly #streams = new Map<number, Numbers>();
  readonly #values = new Map<number, Numbers>();
  readonly #length: number;

  constructor(toy: ToyModel, at: PassInfo, input: number, kept: Map<string, Kept[]>) {
    this.#toy = toy;
    this.#at = at;
    this.#kept = kept;
    this.#length = lengthOf(toy);
    const indexes = Array.from({ length: toy.width(at) }, (_, index) => index);
    const first: PassInfo = { step: 0, call: 0, branch: 'conditional', timestep: 0 };
    this.#streams.set(
      SAMPLE,
      indexes.map((index) => toy.enter(input, index, first)),
    );
    this.#streams.set(
      0,
      indexes.map((index) => toy.enter(input, index, at)),
    );
  }

  go(decisions: readonly DecisionRecord[]): Numbers {
    for (const record of decisions)
      if (record.did === 'reused') this.#reuse(record);
      else for (let site = record.site; site < record.until; site++) this.#compute(site);
    const end = outputOf(this.#length);
    if (!this.#streams.has(end)) this.#compute(this.#length);
    for (const { keep = [] } of decisions) for (const entry of keep) this.#keep(entry);
    return this.#stream(end);
  }

  #compute(site: number): void {
    if (site === SAMPLE) return;
    if (site === this.#length) {
      this.#streams.set(
        outputOf(site),
        this.#stream(site).map((value) => this.#toy.exit(value, this.#at)),
      );
      return;
    }
    const value = this.#stream(site).map((number) => this.#toy.value(number, site, this.#at));
    this.#values.set(site, value);
    this.#apply(site, value);
  }

  #apply(site: number, value: Numbers): void {
    const gate = this.#toy.gate(site, this.#at);
    const after = this.#stream(site).map((number, index) => number + gate * item(value, index));
    this.#streams.set(site + 1, after);
  }

  #reuse({ site, until, form = 'output', weights = [], slot, borrowed = [] }: DecisionRecord): void {
    const { branch } = this.#at;
    const own = this.#history(branch, { from: site, until, form, ...(slot !== undefined && { slot }) });
    const terms = weights.map((weight, age) => ({ weight, numbers: own[age]?.numbers }));
    for (const term of borrowed) {
      const lent = this.#history(term.branch, {
        from: site,
        until,
        form,
        ...(term.slot && { slot: term.slot }),
      });
      const numbers = lent.find(({ step }) => step === term.step)?.numbers;
      const { lowPass = Infinity } = term;
      terms.push({ weight: term.weight, numbers: numbers?.map((value) => value * Math.min(1, lowPass)) });
    }
    if (form === 'residual') terms.unshift({ weight: 1, numbers: this.#stream(site) });
    const combined = sumOf(terms);
    if (form === 'value') this.#apply(site, combined);
    else this.#streams.set(until, combined);
  }

  #keep(entry: Entry): void {
    const numbers = this.#featureOf(entry);
    if (!numbers) return;
    const history = this.#history(this.#at.branch, entry);
    history.unshift({ step: this.#at.step, numbers });
    this.#kept.set(keyOf(this.#at.branch, this.#at.call, entry), history);
  }

  #featureOf({ from, until, form }: Entry): Numbers | undefined {
    if (form === 'value') return this.#values.get(from);
    const [before, after] = [this.#streams.get(from), this.#streams.get(until)];
    if (form === 'output') return after;
    return before && after?.map((value, index) => value - item(before, index));
  }

  #history(branch: string, entry: Entry): Kept[] {
    return this.#kept.get(keyOf(branch, this.#at.call, entry)) ?? [];
  }

  #stream(position: number): Numbers {
    const numbers = this.#streams.get(position);
    if (!numbers) throw new Error(`by hand: the pass has not stood at ${position}`);
    return numbers;
  }
}

function sumOf(
  terms: readonly { readonly weight: number; readonly numbers: Numbers | undefined }[],
): Numbers {
  const [first, ...rest] = terms;
  const start = (first?.numbers ?? []).map((value) => value * (first?.weight ?? Number.NaN));
  return rest.reduce<Numbers>(
    (sum, { weight, numbers }) => sum.map((value, index) => value + weight * item(numbers, index)),
    start,
  );
}

function keyOf(branch: string, call: number, { from, until, form, slot = '' }: Entry): string {
  return `${branch} ${call} ${from} ${until} ${form} ${slot}`;
}

function item(numbers: Numbers | undefined, index: number): number {
  return numbers?.[index] ?? Number.NaN;
}
