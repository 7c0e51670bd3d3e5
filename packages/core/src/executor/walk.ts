import { PolicyError } from '../errors.ts';
import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { BlockRunner, Pass, PassInfo } from '../pass/runner.ts';
import type { Stream } from '../pass/site.ts';
import type {
  ComputeDecision,
  Decision,
  Entry,
  MeasureDecision,
  Refusal,
  ReuseDecision,
} from '../policy/decision.ts';
import type { Policy } from '../policy/policy.ts';
import type { DecisionRecord } from '../report/report.ts';
import { abortError, askPolicy } from './blame.ts';
import { refusalOf } from './cache-store.ts';
import { requirePossible } from './contract.ts';
import { decideAt } from './decide.ts';
import type { Holdings } from './holdings.ts';
import type { Lane } from './lane.ts';
import { Measurer } from './measurer.ts';
import type { Recorder } from './recorder.ts';
import type { ResolvedRunOptions } from './run-options.ts';
import { openStretch, type Stretch } from './stretch.ts';
import { StretchRunner } from './stretch-runner.ts';
import { Workbench } from './workbench.ts';

/** What all passes of a run share. */
export interface RunContext<Input, Feature extends object, Output> {
  readonly runner: BlockRunner<Input, Feature, Output>;
  readonly policy: Policy;
  readonly stream: Stream;
  readonly options: ResolvedRunOptions;
  readonly holdings: Holdings<Feature>;
  readonly recorder: Recorder;
}

/** Walks one pass from `enter` to `exit`: asks the policy, tells the runner, keeps the cache. */
export class Walk<Input, Feature extends object, Output> {
  readonly #context: RunContext<Input, Feature, Output>;
  readonly #lane: Lane<Feature>;
  readonly #info: PassInfo;
  readonly #pass: Pass<Feature, Output>;
  readonly #bench: Workbench<Feature>;
  readonly #measurer: Measurer<Feature>;
  readonly #stretches: StretchRunner<Feature>;
  #opening: Decision | undefined;
  #stretch: Stretch<Feature> = openStretch(0);
  /** Decisions about the stretch that waits: they are told once it has run. */
  readonly #waiting: DecisionRecord[] = [];
  #site = 0;
  #measuredHere: string[] = [];

  /**
   * @param context - what all passes of the run share
   * @param lane - state and stores of this pass's branch and call
   * @param info - where in the run the pass stands
   * @param pass - the entered pass; the walk owns its `x` and what was looked at while entering
   * @param opening - what the policy decided at position 0
   */
  constructor(
    context: RunContext<Input, Feature, Output>,
    lane: Lane<Feature>,
    info: PassInfo,
    pass: Pass<Feature, Output>,
    opening: Decision,
  ) {
    this.#opening = opening;
    const { runner, holdings, recorder, options } = context;
    this.#context = context;
    this.#lane = lane;
    this.#info = info;
    this.#pass = pass;
    this.#bench = new Workbench(holdings, pass, runner.ops);
    const { references } = lane;
    this.#measurer = new Measurer(runner, references, this.#bench, recorder, options.reduceSums, pass.looked);
    this.#stretches = new StretchRunner(runner, pass, lane, this.#bench, this.#measurer, recorder);
  }

  /** Carries the pass to its end. Frees everything but the cache, also after an error. */
  async finish(): Promise<Output> {
    const { stream, recorder } = this.#context;
    try {
      while (this.#site < stream.length) {
        this.#throwIfAborted();
        await this.#carryOut(this.#decide());
      }
      await this.#flush();
      this.#measurer.commit();
      this.#throwIfAborted();
      return await recorder.time('frame', () => this.#pass.exit(this.#bench.x));
    } finally {
      this.#bench.clear();
    }
  }

  #decide(): Decision {
    const opening = this.#opening;
    this.#opening = undefined;
    return opening ?? decideAt(this.#context.policy, this.#lane, this.#info, this.#site);
  }

  async #carryOut(decision: Decision): Promise<void> {
    const { stream, policy } = this.#context;
    requirePossible(decision, this.#site, stream, policy);
    if (decision.do === 'measure') return this.#look(decision);
    this.#measuredHere = [];
    if (decision.do === 'compute') return this.#compute(decision);
    return this.#reuse(decision);
  }

  async #look({ what, why }: MeasureDecision): Promise<void> {
    const repeated = what.find(({ name }) => this.#measuredHere.includes(name));
    if (repeated)
      throw new PolicyError(
        'POLICY_CONTRACT',
        `[core] ${this.#context.policy.id} asked twice to measure "${repeated.name}" at site ${this.#site} ` +
          `of step ${this.#info.step}: it must decide after it has looked`,
      );
    this.#measuredHere.push(...what.map(({ name }) => name));
    await this.#flush();
    const measured = await this.#measurer.look(this.#pass, this.#site, what);
    this.#settle({ until: this.#site, did: 'measured', why, measured });
  }

  async #compute({ until, keep, measure, why }: ComputeDecision, refused?: Refusal): Promise<void> {
    this.#measurer.commit();
    this.#stretch.until = until;
    this.#stretch.keep.push(...keep);
    const measured = measure.length > 0 ? await this.#runStretch(until, measure) : undefined;
    this.#settle({
      until,
      did: 'computed',
      why,
      ...(keep.length > 0 && { keep }),
      ...(measured && { measured }),
      ...(refused && { refused }),
    });
  }

  async #reuse(decision: ReuseDecision): Promise<void> {
    const { until, form, weights, why } = decision;
    const entry: Entry = { from: this.#site, until, form };
    const cached = this.#lane.cache.find(entry);
    const { step } = this.#info;
    const refused = refusalOf(cached, weights.length, this.#bench.shape, step - this.#lane.maxAge);
    if (!cached || refused)
      return this.#compute(
        { do: 'compute', until, keep: [entry], measure: [], why },
        refused ?? 'nothing-cached',
      );
    this.#measurer.drop();
    if (form === 'value') await this.#inject(cached.features, weights, until);
    else {
      await this.#flush();
      await this.#stretches.reuse(form, cached.features, weights);
      this.#stretch = openStretch(until);
    }
    this.#settle({ until, did: 'reused', form, weights, why });
  }

  async #inject(features: readonly Feature[], weights: readonly number[], until: number): Promise<void> {
    const { recorder } = this.#context;
    const value = await recorder.time('reuse', () => this.#stretches.combine(features, weights));
    this.#stretch.values.set(this.#site, value);
    this.#stretch.until = until;
  }

  /** Runs what waits. */
  async #flush(): Promise<void> {
    if (this.#stretch.until > this.#stretch.from) await this.#runStretch(this.#stretch.until, []);
  }

  async #runStretch(next: number, measure: readonly Indicator[]): Promise<Record<string, Measurement>> {
    const stretch = this.#stretch;
    this.#stretch = openStretch(next);
    const measured = await this.#stretches.run(stretch, measure);
    for (const record of this.#waiting.splice(0)) this.#context.recorder.note(record);
    return measured;
  }

  /** Tells the policy what happens, and the report once it has, and moves on. */
  #settle(outcome: Omit<DecisionRecord, 'step' | 'call' | 'branch' | 'site'>): void {
    const site = this.#site;
    const place = { ...this.#position(), site };
    const waits = this.#stretch.until > this.#stretch.from;
    if (waits) this.#waiting.push({ ...place, ...outcome });
    else this.#context.recorder.note({ ...place, ...outcome });
    const { until, did, measured = {}, refused } = outcome;
    const seen = { ...place, until, did, measured, ...(refused && { refused }) };
    const { policy } = this.#context;
    this.#lane.state = askPolicy(policy, () => policy.observe(this.#lane.state, seen));
    this.#site = until;
  }

  #position(): { step: number; call: number; branch: string } {
    const { step, call, branch } = this.#info;
    return { step, call, branch };
  }

  #throwIfAborted(): void {
    const { signal } = this.#context.options;
    if (signal?.aborted) throw abortError(signal, `at step ${this.#info.step}`);
  }
}
