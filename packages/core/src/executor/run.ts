import { RunError } from '../errors.ts';
import type { PassInfo } from '../pass/runner.ts';
import { laneName } from '../policy/baseline/trace.ts';
import type { RunReport } from '../report/report.ts';
import { abortError, explainError } from './blame.ts';
import { requireFit } from './fit.ts';
import { combineGuidance, requireGuided, type GuidedPlace } from './guided.ts';
import { closeLane, openLanes, type Lane } from './lane.ts';
import { computePlainly } from './plain-pass.ts';
import { reportOf } from './reporting.ts';
import { Walk, type RunContext } from './walk.ts';

/** Which pass of a run is meant. */
export interface StepPlace {
  /** Index of the step, 0 … steps − 1. Steps of a branch come in order; some may be left out. */
  readonly step: number;
  /** Guidance branch. Default: the run's first. */
  readonly branch?: string;
  /** Call within the step. Default 0. */
  readonly call?: number;
}

/** One generation. Nothing is shared between runs. */
export interface Run<Input, Output> {
  /**
   * Runs one pass of the model, cached as the policy says.
   *
   * @throws RunError `RUN_ORDER` when steps come out of order, `RUN_STATE` when the run is over or busy, `RUN_ABORTED`
   * @throws RunnerError, PolicyError when the runner or the policy breaks its contract; the run is over then, what it
   * held is freed, and its report remains
   */
  step(input: Input, place: StepPlace): Promise<Output>;
  /**
   * Runs one step of all branches of the run, the conditional (first) one first, and combines them: u + s · (c − u). This
   * is the way to run policies that derive one branch from another: they may leave a whole pass out.
   *
   * @param inputs - what the model is given, by branch
   * @param place - the step, and the guidance scale s
   * @throws RunError `RUN_OPTIONS` when a branch has no input, RunnerError `RUNNER_CONTRACT` when the runner has no model
   * site, and what {@link Run.step} throws
   */
  guided(inputs: Readonly<Record<string, Input>>, place: GuidedPlace): Promise<Output>;
  /** What the run did so far. Can be asked at any time. */
  report(): RunReport;
  /** Frees what the run holds. Called by itself after the last step; calling it again does nothing. */
  end(): void;
}

/** The run behind {@link Run}. */
export class CachedRun<Input, Feature extends object, Output> implements Run<Input, Output> {
  readonly #context: RunContext<Input, Feature, Output>;
  readonly #lanes: ReadonlyMap<string, Lane<Feature>>;
  #status: RunReport['status'] = 'running';
  #busy = false;
  /** Between passes nobody else would notice; within one, the walk does. */
  readonly #onAbort = (): void => {
    if (!this.#busy) this.#close('aborted');
  };

  /** @param context - runner, policy and options of the run */
  constructor(context: RunContext<Input, Feature, Output>) {
    this.#context = context;
    const { options, policy, stream, holdings, runner } = context;
    const { timesteps, branches, callsPerStep } = options;
    const shape = {
      steps: timesteps.length,
      timesteps,
      branches,
      callsPerStep,
      stream,
      ...(runner.architecture !== undefined && { architecture: runner.architecture }),
    };
    const branch = branches[0] ?? '';
    requireFit(policy, { ...shape, branch, call: 0 }, context.recorder);
    this.#lanes = openLanes(policy, shape, holdings);
    if (options.signal?.aborted) this.#close('aborted');
    else options.signal?.addEventListener('abort', this.#onAbort);
  }

  async step(input: Input, place: StepPlace): Promise<Output> {
    const { options, recorder, runner } = this.#context;
    const { step, call = 0, branch = options.branches[0] ?? '' } = place;
    this.#requireReady(step);
    const lane = this.#laneOf(branch, call);
    if (lane) this.#requireOrder(lane, step);
    const { signal } = options;
    const info: PassInfo = {
      step,
      call,
      branch,
      timestep: options.timesteps[step] ?? 0,
      ...(signal && { signal }),
    };
    this.#busy = true;
    if (lane) lane.step = step;
    try {
      const output = await recorder.timeAll(() =>
        lane ? new Walk(this.#context, lane, info, input).finish() : this.#plain(input, info),
      );
      recorder.passes += 1;
      if (this.#isOver()) this.#close('finished');
      else if (signal?.aborted) this.#close('aborted');
      return output;
    } catch (error) {
      const explained = explainError(error, runner.name, info);
      this.#close(explained.code === 'RUN_ABORTED' ? 'aborted' : 'failed');
      throw explained;
    } finally {
      this.#busy = false;
    }
  }

  async guided(inputs: Readonly<Record<string, Input>>, place: GuidedPlace): Promise<Output> {
    const { options, runner, holdings, recorder } = this.#context;
    const { scale, step, call = 0 } = place;
    const outputs: Output[] = [];
    for (const { branch, input } of requireGuided(inputs, options.branches, scale))
      outputs.push(await this.step(input, { step, call, branch }));
    const [conditional, unconditional] = outputs as [Output, Output?];
    if (unconditional === undefined) return conditional;
    return recorder.timeAll(() =>
      recorder.time('frame', () => combineGuidance(runner, holdings, [conditional, unconditional], scale)),
    );
  }

  report(): RunReport {
    const { recorder, holdings, options, policy, runner, stream } = this.#context;
    return reportOf({
      recorder,
      holdings,
      options,
      policy,
      runner: runner.name,
      status: this.#status,
      lanes: [...this.#lanes.keys()],
      length: stream.length,
    });
  }

  end(): void {
    if (this.#busy)
      throw new RunError('RUN_STATE', '[core] a pass is in progress: await it, or abort it by the signal');
    this.#close('ended');
  }

  /** A branch that the run was not told about has no state to decide with: it is computed, and the report says so. */
  async #plain(input: Input, info: PassInfo): Promise<Output> {
    const { runner, recorder, options } = this.#context;
    recorder.warnings.add(
      'unknown-branch',
      `branch "${info.branch}" (call ${info.call}) is not one of the run's: computed without caching`,
    );
    if (options.signal?.aborted) throw abortError(options.signal, `before step ${info.step}`);
    const pass = await recorder.time('frame', () => runner.enter(input, info));
    return computePlainly(this.#context, pass);
  }

  /** By both, since the name of a lane may also be that of a branch that the run was not told about. */
  #laneOf(branch: string, call: number): Lane<Feature> | undefined {
    const lane = this.#lanes.get(laneName(branch, call));
    return lane?.branch === branch && lane.call === call ? lane : undefined;
  }

  #requireReady(step: number): void {
    if (this.#status === 'aborted') throw abortError(this.#context.options.signal, `before step ${step}`);
    if (this.#status !== 'running')
      throw new RunError(
        'RUN_STATE',
        `[core] the run is ${this.#status}: start a new one for another generation`,
      );
    if (this.#busy)
      throw new RunError('RUN_STATE', '[core] the run is in the middle of a pass: await it before the next');
    const steps = this.#context.options.timesteps.length;
    if (!Number.isInteger(step) || step < 0 || step >= steps)
      throw new RunError('RUN_ORDER', `[core] expected a step from 0 to ${steps - 1}, got ${step}`);
  }

  #requireOrder(lane: Lane<Feature>, step: number): void {
    if (step <= lane.step)
      throw new RunError(
        'RUN_ORDER',
        `[core] step ${step} of ${lane.name} comes after step ${lane.step}: steps must come in order, each once; ` +
          'start a new run for another generation',
      );
  }

  #isOver(): boolean {
    const last = this.#context.options.timesteps.length - 1;
    return [...this.#lanes.values()].every((lane) => lane.step === last);
  }

  #close(status: RunReport['status']): void {
    if (this.#status === 'running') this.#status = status;
    this.#context.options.signal?.removeEventListener('abort', this.#onAbort);
    for (const lane of this.#lanes.values()) closeLane(lane);
  }
}
