import { RunError } from '../errors.ts';
import type { Sums } from '../indicator/indicator.ts';
import type { MaybePromise } from '../pass/features.ts';
import type { DecisionRecord } from '../report/report.ts';
import { blameOption } from './blame.ts';

/** What a run needs to know before its first step. */
export interface RunOptions {
  /** The sampler's timestep or sigma at each step, from noise to sample: at least two. */
  readonly timesteps: readonly number[];
  /** Names of the guidance branches, without `. : , | ( )`. Default: `['conditional']`, one branch. */
  readonly branches?: readonly string[];
  /** How often the sampler calls the model in a step: 1, or 2 for second-order samplers such as Heun's. Default 1. */
  readonly callsPerStep?: number;
  /** Aborts the run: the pass in progress ends as soon as the runner lets go, everything cached is freed. */
  readonly signal?: AbortSignal;
  /** Bytes that cached features and references may hold together. What does not fit is computed. Default: no limit. */
  readonly maxBytes?: number;
  /** Called after every decision was carried out. */
  readonly onDecision?: (record: DecisionRecord) => void;
  /** Adds up the sums of ranks that hold shards of the features, so that all ranks take the same decisions. */
  readonly reduceSums?: (sums: readonly Sums[]) => MaybePromise<readonly Sums[]>;
  /** A clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/** Run options with everything filled in. */
export interface ResolvedRunOptions extends RunOptions {
  readonly branches: readonly string[];
  readonly callsPerStep: number;
  readonly maxBytes: number;
  readonly now: () => number;
}

/**
 * Checks run options and fills in what was left out.
 *
 * @throws RunError `RUN_OPTIONS`, naming the option
 */
export function resolveRunOptions(options: RunOptions): ResolvedRunOptions {
  if (typeof options !== 'object' || options === null)
    throw wrong(`expected options with timesteps, got ${String(options)}`);
  const { timesteps, branches = ['conditional'], callsPerStep = 1, maxBytes = Infinity } = options;
  if (timesteps !== undefined && !Array.isArray(timesteps))
    throw wrong('timesteps: expected an array of numbers; make one of a typed array with Array.from');
  if (timesteps === undefined || timesteps.length === 0)
    throw wrong(`timesteps: expected one for each denoising step, got ${timesteps ? 0 : 'none'}`);
  const odd = timesteps.findIndex((timestep) => !Number.isFinite(timestep));
  if (odd >= 0) throw wrong(`timesteps: expected finite numbers, got ${timesteps[odd]} at step ${odd}`);
  if (branches.length === 0 || new Set(branches).size !== branches.length)
    throw wrong(`branches: expected one or more different names, got [${branches.join(', ')}]`);
  const unfit = branches.find((name) => !isBranchName(name));
  if (unfit !== undefined)
    throw wrong(`branches: expected names without . : , | ( ) and spaces around them, got "${unfit}"`);
  if (!Number.isInteger(callsPerStep) || callsPerStep < 1)
    throw wrong(`callsPerStep: expected an integer of at least 1, got ${callsPerStep}`);
  if (!(maxBytes >= 0)) throw wrong(`maxBytes: expected a number of bytes, got ${maxBytes}`);
  const now = options.now ?? (() => performance.now());
  const blamed = { ...blaming(options), timesteps: [...timesteps], branches: [...branches] };
  return { ...blamed, callsPerStep, maxBytes, now };
}

/** The same options, whose functions are named when they throw: the runner has nothing to do with it. */
function blaming(options: RunOptions): RunOptions {
  const { onDecision, reduceSums } = options;
  return {
    ...options,
    ...(onDecision && {
      onDecision(record) {
        try {
          onDecision(record);
        } catch (error) {
          blameOption('onDecision', error);
        }
      },
    }),
    ...(reduceSums && {
      async reduceSums(sums) {
        try {
          return await reduceSums(sums);
        } catch (error) {
          return blameOption('reduceSums', error);
        }
      },
    }),
  };
}

/** The characters that a trace puts around names are left out: `a.1` is the second call of branch `a`. */
function isBranchName(name: unknown): boolean {
  return typeof name === 'string' && /^[^.:,|()]+$/.test(name) && name.trim() === name;
}

function wrong(message: string): RunError {
  return new RunError('RUN_OPTIONS', `[core] ${message}`);
}
