import { PolicyError } from '../errors.ts';
import type { BlockRunner, PassInfo } from '../pass/runner.ts';
import type { Stream } from '../pass/site.ts';
import {
  outputOf,
  SAMPLE,
  type ComputeDecision,
  type Decision,
  type Entry,
  type MeasureDecision,
  type Observation,
  type Refusal,
  type ReuseDecision,
} from '../policy/decision.ts';
import type { Policy } from '../policy/policy.ts';
import type { DecisionRecord } from '../report/report.ts';
import { abortError, askPolicy } from './blame.ts';
import { decideAt } from './decide.ts';
import type { Holdings } from './holdings.ts';
import type { Lane } from './lane.ts';
import { Passage } from './passage.ts';
import { requirePossible } from './possible.ts';
import type { Recorder } from './recorder.ts';
import type { ResolvedRunOptions } from './run-options.ts';

/** What all passes of a run share. */
export interface RunContext<Input, Feature extends object, Output> {
  readonly runner: BlockRunner<Input, Feature, Output>;
  readonly policy: Policy;
  readonly stream: Stream;
  readonly options: ResolvedRunOptions;
  readonly holdings: Holdings<Feature>;
  readonly recorder: Recorder;
}

/** How often a policy may look at one position before it decides. */
const MOST_LOOKS = 16;

/** Walks one pass from its first position to its last: asks the policy, has its decisions carried out, tells what came of them. */
export class Walk<Input, Feature extends object, Output> {
  readonly #context: RunContext<Input, Feature, Output>;
  readonly #lane: Lane<Feature>;
  readonly #info: PassInfo;
  readonly #passage: Passage<Input, Feature, Output>;
  /** Decisions about the stretch that waits: they are told once it has run. */
  readonly #waiting: DecisionRecord[] = [];
  #site: number;
  #looks = 0;
  #measuredHere: string[] = [];

  /**
   * @param context - what all passes of the run share
   * @param lane - state and stores of this pass's branch and call
   * @param info - where in the run the pass stands
   * @param input - what the model is given
   */
  constructor(
    context: RunContext<Input, Feature, Output>,
    lane: Lane<Feature>,
    info: PassInfo,
    input: Input,
  ) {
    this.#context = context;
    this.#lane = lane;
    this.#info = info;
    this.#passage = new Passage(context, lane, info, input);
    this.#site = context.policy.needs.model ? SAMPLE : 0;
  }

  /** Carries the pass to its end. Frees everything but the cache, also after an error. */
  async finish(): Promise<Output> {
    const { stream, policy } = this.#context;
    const end = policy.needs.model ? outputOf(stream.length) : stream.length;
    try {
      while (this.#site < end) {
        this.#throwIfAborted();
        await this.#carryOut(decideAt(policy, this.#lane, this.#info, this.#site));
      }
      await this.#passage.flush();
      this.#noteWaiting();
      return await this.#passage.finish();
    } finally {
      this.#passage.close();
    }
  }

  async #carryOut(decision: Decision): Promise<void> {
    const { stream, policy } = this.#context;
    requirePossible(decision, this.#site, stream, policy);
    if (decision.do === 'measure') return this.#look(decision);
    this.#measuredHere = [];
    this.#looks = 0;
    if (decision.do === 'compute') return this.#compute(decision);
    return this.#reuse(decision);
  }

  async #look({ what, why }: MeasureDecision): Promise<void> {
    this.#requireNew(what.map(({ name }) => name));
    const measured = await this.#passage.look(this.#site, what);
    this.#settle({ until: this.#site, did: 'measured', why, measured });
  }

  async #compute(decision: ComputeDecision, refused?: Refusal): Promise<void> {
    const { until, keep, why } = decision;
    const measured = await this.#passage.compute(this.#site, decision);
    this.#settle({
      until,
      did: 'computed',
      why,
      ...(keep.length > 0 && { keep }),
      ...(Object.keys(measured).length > 0 && { measured }),
      ...(refused && { refused }),
    });
  }

  async #reuse(decision: ReuseDecision): Promise<void> {
    const { until, form, slot, weights, why, steps, borrowed } = decision;
    const found = await this.#passage.find(this.#site, decision);
    if (found.refused !== undefined) {
      const entry: Entry = { from: this.#site, until, form, ...(slot && { slot }) };
      const { measure = [] } = decision;
      return this.#compute({ do: 'compute', until, keep: [entry], measure, why }, found.refused);
    }
    const measured = await this.#passage.reuse(this.#site, decision, found.terms);
    this.#settle({
      until,
      did: 'reused',
      form,
      weights,
      why,
      ...(slot && { slot }),
      ...(steps && { steps }),
      ...(borrowed && { borrowed }),
      ...(Object.keys(measured).length > 0 && { measured }),
    });
  }

  /** Tells the policy what happens, and the report once it has, and moves on. */
  #settle(outcome: Omit<DecisionRecord, 'step' | 'call' | 'branch' | 'site'>): void {
    const { step, call, branch } = this.#info;
    const place = { step, call, branch, site: this.#site };
    this.#waiting.push({ ...place, ...outcome });
    if (!this.#passage.waits) this.#noteWaiting();
    const { until, did, measured = {}, refused } = outcome;
    // Written out: spreads give each observation a shape of its own, and policies read them many times slower.
    const { site } = place;
    const seen: Observation = refused
      ? { step, call, branch, site, until, did, measured, refused }
      : { step, call, branch, site, until, did, measured };
    const { policy } = this.#context;
    const { memory } = this.#lane;
    memory.state = askPolicy(policy, () => policy.observe(memory.state, seen));
    this.#site = until;
  }

  #noteWaiting(): void {
    for (const record of this.#waiting.splice(0)) this.#context.recorder.note(record);
  }

  #requireNew(names: readonly string[]): void {
    const { policy } = this.#context;
    const repeated = names.find((name) => this.#measuredHere.includes(name));
    this.#looks += 1;
    if (repeated === undefined && this.#looks <= MOST_LOOKS) {
      this.#measuredHere.push(...names);
      return;
    }
    const what =
      repeated === undefined ? `looked ${MOST_LOOKS} times` : `asked twice to measure "${repeated}"`;
    throw new PolicyError(
      'POLICY_CONTRACT',
      `[core] ${policy.id} ${what} at site ${this.#site} of step ${this.#info.step}: ` +
        'it must decide after it has looked',
    );
  }

  #throwIfAborted(): void {
    const { signal } = this.#context.options;
    if (signal?.aborted) throw abortError(signal, `at step ${this.#info.step}`);
  }
}
