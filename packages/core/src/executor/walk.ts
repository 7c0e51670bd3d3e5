import { PolicyError, RunError } from '../errors.ts';
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
import { requirePossible } from './contract.ts';
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
  /** Signature of the stream at position 0: entries made under another one do not fit this pass. */
  readonly #shape: string;
  #stretch: Stretch<Feature> = openStretch(0);
  #site = 0;
  #measuredHere: string[] = [];

  /**
   * @param context - what all passes of the run share
   * @param lane - state and stores of this pass's branch and call
   * @param info - where in the run the pass stands
   * @param pass - the entered pass; the walk owns its `x`
   */
  constructor(
    context: RunContext<Input, Feature, Output>,
    lane: Lane<Feature>,
    info: PassInfo,
    pass: Pass<Feature, Output>,
  ) {
    const { runner, holdings, recorder, options } = context;
    this.#context = context;
    this.#lane = lane;
    this.#info = info;
    this.#pass = pass;
    this.#bench = new Workbench(holdings, pass.x);
    this.#shape = runner.ops.shape(pass.x);
    this.#measurer = new Measurer(runner, lane.references, this.#bench, recorder, options.reduceSums);
    this.#stretches = new StretchRunner(
      runner,
      pass,
      lane,
      this.#bench,
      this.#measurer,
      recorder,
      this.#shape,
    );
  }

  /** Carries the pass to its end. Frees everything but the cache, also after an error. */
  async finish(): Promise<Output> {
    const { stream, policy, recorder } = this.#context;
    try {
      while (this.#site < stream.length) {
        this.#throwIfAborted();
        const at = { ...this.#position(), site: this.#site, timestep: this.#info.timestep };
        await this.#carryOut(policy.next(this.#lane.state, at));
      }
      await this.#flush();
      this.#measurer.commit();
      this.#throwIfAborted();
      return await recorder.time('frame', () => this.#pass.exit(this.#bench.x));
    } finally {
      this.#bench.clear();
    }
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
    const measured =
      measure.length > 0 ? await this.#stretches.run(this.#takeStretch(until), measure) : undefined;
    this.#settle({ until, did: 'computed', why, ...(measured && { measured }), ...(refused && { refused }) });
  }

  async #reuse(decision: ReuseDecision): Promise<void> {
    const { until, form, weights, why } = decision;
    const entry: Entry = { from: this.#site, until, form };
    const cached = this.#lane.cache.find(entry);
    const refused = refusalOf(cached, this.#shape, weights.length);
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
    const value = await this.#stretches.combine(features, weights);
    this.#stretch.values.set(this.#site, value);
    this.#stretch.until = until;
  }

  /** Runs what waits. */
  async #flush(): Promise<void> {
    if (this.#stretch.until > this.#stretch.from)
      await this.#stretches.run(this.#takeStretch(this.#stretch.until), []);
  }

  #takeStretch(next: number): Stretch<Feature> {
    const stretch = this.#stretch;
    this.#stretch = openStretch(next);
    return stretch;
  }

  /** Tells the report and the policy what happened, and moves on. */
  #settle(outcome: Omit<DecisionRecord, 'step' | 'call' | 'branch' | 'site'>): void {
    const site = this.#site;
    const place = { ...this.#position(), site };
    this.#context.recorder.note({ ...place, ...outcome });
    const { until, did, measured = {}, refused } = outcome;
    const seen = { ...place, until, did, measured, ...(refused && { refused }) };
    this.#lane.state = this.#context.policy.observe(this.#lane.state, seen);
    this.#site = until;
  }

  #position(): { step: number; call: number; branch: string } {
    const { step, call, branch } = this.#info;
    return { step, call, branch };
  }

  #throwIfAborted(): void {
    const { signal } = this.#context.options;
    if (signal?.aborted)
      throw new RunError('RUN_ABORTED', `[core] the run was aborted at step ${this.#info.step}`, {
        cause: signal.reason,
      });
  }
}

function refusalOf(
  cached: { readonly features: readonly unknown[]; readonly shape: string } | undefined,
  shape: string,
  depth: number,
): Refusal | undefined {
  if (!cached || cached.features.length < depth) return 'nothing-cached';
  return cached.shape === shape ? undefined : 'shape-changed';
}
