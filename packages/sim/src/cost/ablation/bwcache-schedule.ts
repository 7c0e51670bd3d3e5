import {
  bwcache,
  type Indicator,
  type Measurement,
  type Policy,
  type RunShape,
  type StepCount,
} from '@refrain/core';
import { SimError } from '../../errors.ts';

/** A run of which BWCache's schedule is wanted. */
export interface BwcacheRun {
  /** T. */
  readonly steps: number;
  /** R: steps reused in a row, a count or a share of the steps. */
  readonly interval: StepCount;
  /**
   * k: the first step whose mean change is below the threshold, 1 … steps − 1. Where a mean over videos is meant, a k between two
   * steps says which share of them triggers at the one and at the other.
   */
  readonly trigger: number;
}

/** What BWCache does in a run. */
export interface BwcacheSchedule {
  /** For each step, whether the stack of blocks was reused. */
  readonly reused: readonly boolean[];
  /** Number of reused steps. */
  readonly count: number;
  /** Steps whose blocks were compared with those of the step before. */
  readonly measured: number;
}

const THRESHOLD = 0.15;
const BRANCH = 'conditional';

/**
 * The schedule of BWCache's released rule for a trigger step, without any model: core's own policy is told changes above
 * its threshold until step k, and one below it there.
 *
 * @throws SimError `OPTION_INVALID` when the trigger is no whole step from 1 on
 * @throws PolicyConfigError when the interval is invalid
 *
 * @example
 * ```ts
 * bwcacheSchedule({ steps: 30, interval: 3, trigger: 8 }).count; // 13
 * ```
 */
export function bwcacheSchedule({ steps, interval, trigger }: BwcacheRun): BwcacheSchedule {
  if (!Number.isInteger(trigger) || trigger < 1 || trigger >= steps)
    throw new SimError(
      'OPTION_INVALID',
      `[sim] trigger: expected a step from 1 to ${steps - 1}, got ${trigger}: step 0 has nothing to be compared with`,
    );
  return walk(bwcache({ threshold: THRESHOLD, interval }), steps, trigger);
}

function walk<State extends Parameters<Policy['next']>[0]>(
  policy: Policy<State>,
  steps: number,
  trigger: number,
): BwcacheSchedule {
  const run = runShape(steps);
  const reused: boolean[] = [];
  let measured = 0;
  let state = policy.init(run);
  for (const [step, timestep] of run.timesteps.entries()) {
    const place = { step, call: 0, branch: BRANCH, site: 0 };
    const decision = policy.next(state, { ...place, timestep });
    const reuses = decision.do === 'reuse';
    const asked = decision.do === 'compute' ? decision.measure : [];
    if (asked.length > 0 && step > 0) measured += 1;
    reused.push(reuses);
    const until = run.stream.length;
    const found = tell(asked, step, trigger);
    state = policy.observe(state, { ...place, until, did: reuses ? 'reused' : 'computed', measured: found });
  }
  return { reused, count: reused.filter(Boolean).length, measured };
}

/** Changes as they would be measured: of a tenth of the threshold at the trigger, of twice the threshold elsewhere. */
function tell(
  indicators: readonly Indicator[],
  step: number,
  trigger: number,
): Readonly<Record<string, Measurement>> {
  const numerator = step === trigger ? THRESHOLD / 10 : THRESHOLD * 2;
  const sums: Measurement =
    step === 0 ? { kind: 'no-reference' } : { kind: 'sums', numerator, denominator: 1, count: 1 };
  return Object.fromEntries(indicators.map(({ name }) => [name, sums]));
}

function runShape(steps: number): RunShape {
  return {
    steps,
    timesteps: Array.from({ length: steps }, (_, step) => 1 - step / steps),
    branches: [BRANCH],
    branch: BRANCH,
    call: 0,
    callsPerStep: 1,
    stream: {
      length: 1,
      blocks: [{ level: 'block', name: 'blocks.0', family: 'block', from: 0, until: 1, modulated: true }],
      inner: [],
      conditioning: [],
    },
  };
}
