import { RunError } from '../errors.ts';
import type { Pass, PassInfo } from '../pass/runner.ts';
import { laneName } from '../policy/baseline/trace.ts';
import type { RunReport } from '../report/report.ts';
import { abortError, explainError } from './blame.ts';
import { requirePossible } from './contract.ts';
import { closeLane, openLane, type Lane } from './lane.ts';
import { computePlainly } from './plain-pass.ts';
import { reportOf } from './reporting.ts';
import { decideAt } from './decide.ts';
import { lookRequests } from './taps.ts';
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
  /** What the run did so far. Can be asked at any time. */
  report(): RunReport;
  /** Frees what the run holds. Called by itself after the last step; calling it again does nothing. */
  end(): void;
}

/** The run behind {@link Run}. */
export class CachedRun<Input, Feature extends object, Output> implements Run<Input, Output> {
  readonly #context: RunContext<Input, Feature, Output>;
  readonly #lanes = new Map<string, Lane<Feature>>();
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
    for (const branch of branches)
      for (let call = 0; call < callsPerStep; call++) {
        const name = laneName(branch, call);
        const shape = {
          steps: timesteps.length,
          timesteps,
          branches,
          branch,
          call,
          callsPerStep,
          stream,
          ...(runner.architecture !== undefined && { architecture: runner.architecture }),
        };
        this.#lanes.set(name, openLane(name, policy, shape, holdings));
      }
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
        lane ? this.#cached(input, info, lane) : this.#plain(input, info),
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

  report(): RunReport {
    const { recorder, holdings, options, policy, runner } = this.#context;
    return reportOf({
      recorder,
      holdings,
      options,
      policy,
      runner: runner.name,
      status: this.#status,
      lanes: [...this.#lanes.keys()],
    });
  }

  end(): void {
    if (this.#busy)
      throw new RunError('RUN_STATE', '[core] a pass is in progress: await it, or abort it by the signal');
    this.#close('ended');
  }

  async #cached(input: Input, info: PassInfo, lane: Lane<Feature>): Promise<Output> {
    const { policy, stream } = this.#context;
    // Asked before entering, so that a runner can have what the policy looks at first in one go with it.
    const opening = decideAt(policy, lane, info, 0);
    requirePossible(opening, 0, stream, policy);
    const look = opening.do === 'measure' ? lookRequests(opening.what, 0) : [];
    const pass = await this.#enter(input, look.length > 0 ? { ...info, look } : info);
    try {
      return await new Walk(this.#context, lane, info, pass, opening).finish();
    } finally {
      pass.release?.();
    }
  }

  /** A branch that the run was not told about has no state to decide with: it is computed, and the report says so. */
  async #plain(input: Input, info: PassInfo): Promise<Output> {
    this.#context.recorder.warnings.add(
      'unknown-branch',
      `branch "${info.branch}" (call ${info.call}) is not one of the run's: computed without caching`,
    );
    return computePlainly(this.#context, await this.#enter(input, info));
  }

  async #enter(input: Input, info: PassInfo): Promise<Pass<Feature, Output>> {
    const { runner, recorder, options } = this.#context;
    if (options.signal?.aborted) throw abortError(options.signal, `before step ${info.step}`);
    return recorder.time('frame', () => runner.enter(input, info));
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
