import type { DecisionRecord, Policy } from '@refrain/core';
import { Walker } from '../walk/walk.ts';
import { traceWorld } from '../walk/world.ts';
import type { PolicyLaw } from './law.ts';

/** Thresholds that are tried beside the policy's own. */
const factors = [0, 0.5, 2, 1e9];

/** Law 11. */
export const firstTrigger: PolicyLaw = {
  name: 'first-trigger',
  number: 11,
  statement:
    'On a fixed trace a larger threshold never delays the first reuse. (Later ones it may: periodic rules are not monotone.)',
  matters: 'A threshold is a knob: who turns it up and gets less reuse cannot tune anything.',
  fault:
    "A polynomial that goes negative makes TeaCache's accumulator fall, so that thresholds mean something else with every set of coefficients.",
  applies: ({ monotone }) => monotone === true,
  walk({ policy, run, trace }) {
    const { threshold } = policy;
    const withThreshold = policy.withThreshold?.bind(policy);
    if (threshold === undefined || !withThreshold) return undefined;
    const firstWith = (one: Policy): DecisionRecord | undefined =>
      new Walker(one, run, traceWorld(trace)).all().decisions.find(({ did }) => did === 'reused');
    const own = firstWith(policy);
    for (const factor of factors) {
      const other = factor * threshold;
      const course = new Walker(withThreshold(other), run, traceWorld(trace)).all();
      const first = course.decisions.find(({ did }) => did === 'reused');
      const [low, high] = factor < 1 ? [first, own] : [own, first];
      if ((high?.step ?? Infinity) > (low?.step ?? Infinity))
        return {
          reason: `with the thresholds ${threshold} and ${other} the larger one reuses first at step ${high?.step ?? 'never'}, the smaller at ${low?.step}`,
          ...(first && { course, index: course.decisions.indexOf(first) }),
        };
    }
    return undefined;
  },
};
