import type { Decision, Entry, Indicator, Measurement, Observation, PassInfo, Tap } from '@refrain/core';
import { lengthOf, type ToyModel } from '../toy/model.ts';

type Numbers = readonly number[];

/** Asks a script for a decision; `looked` says whether it has just measured at this position. */
export type Script = (step: number, site: number, looked: boolean) => Decision;

/**
 * The executor's rules done naively, one lane of one run: position by position, everything copied, nothing fused,
 * nothing shared, no feature handles. Slow and plain on purpose; finite numbers of one shape only.
 */
export class Oracle {
  readonly #toy: ToyModel;
  readonly #depth: number;
  readonly #history = new Map<string, Numbers[]>();
  readonly #references = new Map<string, Numbers>();
  /** What a policy would have observed. */
  readonly seen: Observation[] = [];

  constructor(toy: ToyModel, depth: number) {
    this.#toy = toy;
    this.#depth = depth;
  }

  /** One pass. */
  pass(script: Script, at: PassInfo, input: number): readonly number[] {
    const toy = this.#toy;
    let x: Numbers = Array.from({ length: toy.width(at) }, (_, index) => toy.enter(input, index, at));
    let site = 0;
    let looked = false;
    const waiting: [string, Numbers][] = [];
    const confirm = (): void => {
      for (const [name, numbers] of waiting.splice(0)) this.#references.set(name, numbers);
    };
    while (site < lengthOf(toy)) {
      const decision = script(at.step, site, looked);
      if (decision.do === 'measure') {
        const view = new View(toy, at, x, site, site);
        this.#note(at, site, site, 'measured', this.#measure(decision.what, view, site, waiting));
        looked = true;
        continue;
      }
      looked = false;
      const { until } = decision;
      const reused = decision.do === 'reuse' ? this.#reused(decision, x, site, at) : undefined;
      if (reused) {
        waiting.splice(0);
        x = reused;
        this.#note(at, site, until, 'reused', {});
      } else {
        confirm();
        const refused = decision.do === 'reuse';
        const view = new View(toy, at, x, site, until);
        const keep = refused ? [{ from: site, until, form: decision.form }] : decision.keep;
        for (const entry of keep) this.#keep(entry, view);
        const measured = refused ? {} : this.#measure(decision.measure, view, until, waiting);
        x = view.stream(until);
        this.#note(at, site, until, 'computed', measured, refused);
      }
      site = until;
    }
    confirm();
    return x.map((value) => toy.exit(value, at));
  }

  #reused(
    { form, weights, until }: Extract<Decision, { do: 'reuse' }>,
    x: Numbers,
    site: number,
    at: PassInfo,
  ): Numbers | undefined {
    const past = this.#history.get(`${form} ${site} ${until}`) ?? [];
    if (past.length < weights.length) return undefined;
    const forecast = (start: Numbers): Numbers =>
      weights.reduce(
        (sum, weight, age) => sum.map((value, index) => value + weight * item(past[age], index)),
        start,
      );
    const zero = x.map(() => 0);
    if (form === 'output') return forecast(zero);
    if (form === 'residual') return forecast(x);
    return applied(this.#toy, x, forecast(zero), site, at);
  }

  #keep({ from, until, form }: Entry, view: View): void {
    const feature =
      form === 'value'
        ? view.value(from)
        : form === 'output'
          ? view.stream(until)
          : minus(view.stream(until), view.stream(from));
    const key = `${form} ${from} ${until}`;
    this.#history.set(key, [feature, ...(this.#history.get(key) ?? [])].slice(0, Math.max(1, this.#depth)));
  }

  /** A new reference waits for the span after its tap: for the next decision, if the tap stands where this one ends. */
  #measure(
    what: readonly Indicator[],
    view: View,
    end: number,
    waiting: [string, Numbers][],
  ): Record<string, Measurement> {
    const found = what.map((indicator) => ({ ...indicator, current: view.tap(indicator) }));
    const measured: Record<string, Measurement> = {};
    for (const { name, current } of found) {
      const reference = this.#references.get(name);
      measured[name] = reference
        ? {
            kind: 'sums',
            numerator: size(minus(current, reference)),
            denominator: size(reference),
            count: reference.length,
          }
        : { kind: 'no-reference' };
    }
    for (const { name, current, against, tap } of found)
      if (against === 'seen' || positionOf(tap, view) < end) this.#references.set(name, current);
      else waiting.push([name, current]);
    return measured;
  }

  #note(
    { step, call, branch }: PassInfo,
    site: number,
    until: number,
    did: Observation['did'],
    measured: Record<string, Measurement>,
    refused = false,
  ): void {
    const seen = { step, call, branch, site, until, did, measured };
    this.seen.push(refused ? { ...seen, refused: 'nothing-cached' } : seen);
  }
}

/** A span with everything in it computed from its start. */
class View {
  readonly #toy: ToyModel;
  readonly #at: PassInfo;
  readonly from: number;
  readonly until: number;
  readonly #streams: Numbers[];

  constructor(toy: ToyModel, at: PassInfo, x: Numbers, from: number, until: number) {
    this.#toy = toy;
    this.#at = at;
    this.from = from;
    this.until = until;
    this.#streams = [x];
    for (let site = from; site < until; site++)
      this.#streams.push(applied(toy, this.stream(site), this.value(site), site, at));
  }

  stream(position: number): Numbers {
    const numbers = this.#streams[position - this.from];
    if (!numbers) throw new Error(`oracle: ${position} is not in ${this.from}–${this.until}`);
    return numbers;
  }

  value(site: number): Numbers {
    return this.stream(site).map((value) => this.#toy.value(value, site, this.#at));
  }

  tap({ tap, stride = 1 }: Indicator): Numbers {
    return this.#whole(tap).filter((_, index) => index % stride === 0);
  }

  #whole(tap: Tap): Numbers {
    if (tap.of === 'stream') return this.stream(tap.at);
    if (tap.of === 'value') return this.value(tap.at);
    if (tap.of === 'residual') return minus(this.stream(tap.until), this.stream(tap.from));
    if (tap.of === 'conditioning') return [0, 1, 2, 3].map((index) => this.#toy.condition(index, this.#at));
    return this.stream(tap.at).map((value) => this.#toy.modulated(value, tap.at, this.#at));
  }
}

function positionOf(tap: Tap, { from }: View): number {
  if (tap.of === 'conditioning') return from;
  return tap.of === 'residual' ? tap.until : tap.at;
}

function applied(toy: ToyModel, x: Numbers, value: Numbers, site: number, at: PassInfo): Numbers {
  const gate = toy.gate(site, at);
  return x.map((number, index) => number + gate * item(value, index));
}

function minus(a: Numbers, b: Numbers): Numbers {
  return a.map((value, index) => value - item(b, index));
}

function size(numbers: Numbers): number {
  return numbers.reduce((sum, value) => sum + Math.abs(value), 0);
}

function item(numbers: Numbers | undefined, index: number): number {
  return numbers?.[index] ?? Number.NaN;
}
