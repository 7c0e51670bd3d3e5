import type { Json, Policy, ReuseDecision, RunShape } from '@refrain/core';
import { notCompilable } from '../step-writer.ts';
import type { Gate } from '../stream.ts';
import type { RuleEmitter } from './rule.ts';

/**
 * Rules that look at nothing, and of what happened remember the last computed step alone: all of their decisions are asked
 * for beforehand, for every pair of a last computed step and a current one, and written down as a table.
 */
export const emitByTable: RuleEmitter = (policy, step) => {
  const { math, steps, run } = step;
  const runs = run.branches.map((branch) => ({ ...run, branch }));
  const tables = runs.map((shape) => tableOf(policy, shape));
  const [table = []] = tables;
  const alike = tables.every((other) => other.join() === table.join());
  const branch = alike
    ? math.number(0)
    : step.number(
        'branch',
        'index of the branch',
        runs.map((_, index) => index),
      );
  const computedBefore = step.number('computed', 'the last computed step, counted from 1; 0 for none');
  const row = math.add(math.multiply(branch, math.number(steps + 1)), computedBefore);
  // A generation that goes on longer than it said is computed.
  const inside = math.below(step.step, math.number(steps));
  const place = math.add(
    math.multiply(row, math.number(steps)),
    math.least(step.step, math.number(steps - 1)),
  );
  const reuse = math.and(inside, math.lookUp(alike ? table : tables.flat(), place));
  const { reused } = step.gate(gateOf(policy, runs), reuse);
  step.next('computed', math.choose(reused, computedBefore, math.add(step.step, math.number(1))));
  if (!alike) step.next('branch', branch);
};

/** Row c, column s: whether step s is reused if step c − 1 was the last that was computed. */
function tableOf(policy: Policy, run: RunShape): readonly boolean[] {
  const rows = Array.from({ length: run.steps + 1 }, (_, row) =>
    Array.from({ length: run.steps }, (__, step) => decisionOf(policy, run, row - 1, step) !== undefined),
  );
  return rows.flat();
}

function decisionOf(
  policy: Policy,
  run: RunShape,
  computed: number,
  step: number,
): ReuseDecision | undefined {
  if (computed >= step) return undefined;
  const decision = policy.next(stateAfter(policy, run, computed), placeOf(run, step));
  if (decision.do === 'measure') throw notCompilable('it looks at features before it decides');
  return decision.do === 'reuse' ? decision : undefined;
}

function stateAfter(policy: Policy, run: RunShape, computed: number): Json {
  const state = policy.init(run);
  if (computed < 0) return state;
  const { branch, call, stream } = run;
  return policy.observe(state, {
    step: computed,
    call,
    branch,
    site: 0,
    until: stream.length,
    did: 'computed',
    measured: {},
  });
}

function placeOf(run: RunShape, step: number): Parameters<Policy['next']>[1] {
  const { branch, call, timesteps } = run;
  return { step, call, branch, timestep: timesteps[step] ?? 0, site: 0 };
}

/** What the rule reuses, as its first reuse has it. */
function gateOf(policy: Policy, runs: readonly RunShape[]): Gate {
  for (const run of runs)
    for (let step = 1; step < run.steps; step++)
      for (let computed = step - 1; computed >= 0; computed--) {
        const decision = decisionOf(policy, run, computed, step);
        if (decision) return wholeGate(decision, run);
      }
  throw notCompilable('it reuses nothing in a run of this length, so the model itself does as well');
}

function wholeGate({ form, until, weights }: ReuseDecision, { stream }: RunShape): Gate {
  if (weights.length !== 1 || weights[0] !== 1)
    throw notCompilable('it combines cached features with weights');
  if (form !== 'value' && until !== stream.length) throw notCompilable('it reuses a part of the stream');
  return { from: 0, until: stream.length, form };
}
