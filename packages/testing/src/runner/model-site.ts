import { passCases } from './cases.ts';
import type { RunnerLaw } from './law.ts';
import { infoOf, sameNumbers } from './subject.ts';

/** The model as one site. */
export const modelSite: RunnerLaw = {
  name: 'model-site',
  statement: 'An output that was made a feature and an output again is the same output.',
  matters:
    'Policies that skip whole passes keep outputs as features; what is lost on the way is lost in every reused step.',
  fault:
    'Outputs rounded to half precision on their way into a cache (an offload of residuals to the CPU does so).',
  excused: ({ runner }) => (runner.model ? undefined : 'it does not offer the whole model as a site'),
  cases: passCases,
  async problem({ runner, use, length, ...rest }, { step, variant }) {
    const { model, ops } = runner;
    if (!model) return undefined;
    const at = infoOf(rest, step);
    const { call, branch, timestep } = at;
    const input = await use.input({ step, call, branch, timestep }, variant);
    const pass = await runner.enter(input, at);
    const { x } = await pass.span({ from: 0, until: length, x: pass.x, values: new Map(), taps: [] });
    const output = await pass.exit(x);
    const feature = await model.feature(output);
    const again = await model.output(feature);
    const sample = await model.sample(input);
    const problem = sameNumbers(Array.from(use.numbers(again)), Array.from(use.numbers(output)), {})
      ? undefined
      : 'an output made a feature and an output again is another one';
    for (const made of [pass.x, x, feature, sample]) ops.dispose(made);
    pass.release?.();
    return problem;
  },
};
