import {
  outputOf,
  PolicyError,
  SAMPLE,
  type ComputeDecision,
  type Decision,
  type DecisionRecord,
  type MeasureDecision,
  type Observation,
  type Policy,
  type Refusal,
  type ReuseDecision,
} from '@refrain/core';
import type { ReplayBench } from './bench.ts';
import { refusalOf, type ReplayLane } from './lane.ts';
import type { Ledger } from './ledger.ts';
import type { Measured } from './look.ts';
import { commit, commonReference, measureAll, measureProducts } from './measure.ts';

/** What all passes of a replay share. */
export interface ReplayContext {
  readonly policy: Policy;
  readonly bench: ReplayBench;
  readonly ledger: Ledger;
}

/** How often a policy may look at one position before it decides. */
const MOST_LOOKS = 16;

const NOTHING: Measured = {};

/**
 * One pass of a replay: asks the policy from its first position to its last, and does with steps and numbers what the
 * executor does with features.
 */
export class ReplayPass {
  readonly #context: ReplayContext;
  readonly #lane: ReplayLane;
  readonly #step: number;
  readonly #end: number;
  #site: number;
  #looks = 0;
  /** True while a stretch waits to be run. */
  #waits = false;
  #stretches = 0;
  #entered = true;

  /**
   * @param context - what all passes share
   * @param lane - whose pass it is
   * @param step - of the run
   */
  constructor(context: ReplayContext, lane: ReplayLane, step: number) {
    const { policy, bench } = context;
    const { length } = bench.recording.stream;
    this.#context = context;
    this.#lane = lane;
    this.#step = step;
    this.#site = policy.needs.model ? SAMPLE : 0;
    this.#end = policy.needs.model ? outputOf(length) : length;
  }

  /** Carries the pass to its end. */
  finish(): void {
    const { policy, bench, ledger } = this.#context;
    const { branch, call } = this.#lane.bench.recorded;
    const step = this.#step;
    const timestep = bench.recording.timesteps[step] ?? 0;
    while (this.#site < this.#end)
      this.#carryOut(
        policy.next(this.#lane.memory.state, { step, call, branch, timestep, site: this.#site }),
      );
    this.#run();
    commit(this.#lane, step);
    if (this.#lane.waiting.length > 0) this.#lane.waiting.length = 0;
    ledger.endPass({ lane: this.#lane, step }, this.#entered, this.#stretches);
  }

  #carryOut(decision: Decision): void {
    if (decision.do === 'measure') return this.#look(decision);
    this.#looks = 0;
    if (!(decision.until > this.#site && decision.until <= this.#end))
      throw impossible(this.#context.policy, `its span ends at ${decision.until}`, this.#site, this.#step);
    if (decision.do === 'compute') return this.#compute(decision);
    const refused = refusalOf(this.#lane, decision, this.#site, this.#step);
    if (refused === undefined) return this.#reuse(decision);
    this.#context.ledger.refused += 1;
    const { until, form, slot, measure = [], why } = decision;
    const entry = { from: this.#site, until, form, ...(slot && { slot }) };
    return this.#compute({ do: 'compute', until, keep: [entry], measure, why }, refused);
  }

  #look(decision: MeasureDecision): void {
    this.#looks += 1;
    if (this.#looks > MOST_LOOKS)
      throw impossible(this.#context.policy, `it looked ${MOST_LOOKS} times`, this.#site, this.#step);
    if (this.#site > SAMPLE) this.#run();
    const measured = this.#measure(decision.what, -Infinity);
    this.#settle(decision, this.#site, 'measured', measured);
  }

  #compute(decision: ComputeDecision, refused?: Refusal): void {
    const { until, keep, measure, products } = decision;
    const { bench, ledger } = this.#context;
    const { length } = bench.recording.stream;
    const lane = this.#lane;
    const site = this.#site;
    commit(lane, this.#step);
    for (const entry of keep) lane.waiting.push(entry);
    if (until > 0) this.#waits ||= site < length;
    ledger.compute({ lane, step: this.#step }, site, decision);
    this.#keepUpTo(site, until, true);
    const wanted = measure.length + (products?.length ?? 0) > 0;
    const measured = measure.length > 0 ? this.#measure(measure, until > length ? Infinity : until) : NOTHING;
    if (wanted) this.#run();
    const place = { bench, lane, step: this.#step, end: until };
    const all = products ? { ...measured, ...measureProducts(products, place) } : measured;
    this.#settle(decision, until, 'computed', all, refused);
  }

  #reuse(decision: ReuseDecision): void {
    const { until, form, measure = [] } = decision;
    const { ledger } = this.#context;
    const lane = this.#lane;
    if (lane.pending.length > 0) lane.pending.length = 0;
    ledger.reuse({ lane, step: this.#step }, this.#site, decision);
    if (form === 'value') this.#waits = true;
    else this.#run();
    if (this.#site === SAMPLE) this.#entered = false;
    this.#keepUpTo(this.#site, until, false);
    const measured = measure.length > 0 ? this.#measure(measure, until) : NOTHING;
    if (measure.length > 0) this.#run();
    this.#settle(decision, until, 'reused', measured);
  }

  /** A stretch that waits is run. */
  #run(): void {
    if (this.#waits) this.#stretches += 1;
    this.#waits = false;
  }

  #measure(indicators: ComputeDecision['measure'], end: number): Measured {
    const { bench, ledger } = this.#context;
    const lane = this.#lane;
    const look = bench.looks.of(indicators);
    const reference = commonReference(look, lane);
    ledger.measure(look, lane, reference);
    return measureAll(look, reference, { bench, lane, step: this.#step, end });
  }

  /** Entries that end where the pass now is, or on the way there if that was computed, are kept. */
  #keepUpTo(from: number, until: number, computed: boolean): void {
    const { waiting } = this.#lane;
    if (waiting.length === 0) return;
    const { ledger } = this.#context;
    let left = 0;
    for (const entry of waiting) {
      if (entry.until > until) {
        waiting[left++] = entry;
        continue;
      }
      // What a reuse jumps over is never there to be kept; neither is the value of a site that was given.
      const there = computed || (entry.until === until && entry.form !== 'value' && entry.from < from + 1);
      if (!there) continue;
      ledger.keep(entry, this.#lane.cache.keep(entry, this.#step));
    }
    if (left < waiting.length) waiting.length = left;
  }

  #settle(
    decision: Decision,
    until: number,
    did: Observation['did'],
    measured: Measured,
    refused?: Refusal,
  ): void {
    const { branch, call } = this.#lane.bench.recorded;
    const { memory } = this.#lane;
    const { policy, ledger } = this.#context;
    const [step, site] = [this.#step, this.#site];
    ledger.decisions?.push(recordOf(decision, { step, call, branch, site, until, did }, measured, refused));
    const seen: Observation = refused
      ? { step, call, branch, site, until, did, measured, refused }
      : { step, call, branch, site, until, did, measured };
    memory.state = policy.observe(memory.state, seen);
    this.#site = until;
  }
}

/** A decision as the executor reports it. */
function recordOf(
  decision: Decision,
  place: Pick<DecisionRecord, 'step' | 'call' | 'branch' | 'site' | 'until' | 'did'>,
  measured: Measured,
  refused: Refusal | undefined,
): DecisionRecord {
  const { why } = decision;
  const looked = Object.keys(measured).length > 0 && { measured };
  if (decision.do === 'reuse' && place.did === 'reused') {
    const { form, weights, slot, steps, borrowed } = decision;
    const extras = { ...(slot && { slot }), ...(steps && { steps }), ...(borrowed && { borrowed }) };
    return { ...place, form, weights, why, ...extras, ...looked };
  }
  const keep = decision.do === 'compute' && decision.keep.length > 0 && { keep: decision.keep };
  return { ...place, why, ...keep, ...looked, ...(refused && { refused }) };
}

function impossible({ id }: Policy, what: string, site: number, step: number): PolicyError {
  return new PolicyError(
    'POLICY_CONTRACT',
    `[sim] ${id} gave an impossible decision at site ${site} of step ${step}: ${what}`,
  );
}
