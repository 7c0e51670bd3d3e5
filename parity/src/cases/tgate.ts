import { tgate, tgateStep, type TgateAction, type TgateConstants } from '@refrain/core';
import { sameMask, type Check } from '../compare.ts';
import { count, integer, mask, optional, text } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { GUIDED, runCalls, type Calls } from '../toy/run-calls.ts';
import { moduleBlock } from '../toy/toys.ts';

/** What an attention does at a step, in the letters of the cases. */
const LETTERS: Readonly<Record<TgateAction, string>> = { compute: '.', keep: 'C', reuse: 'R' };

/** Positions of the toy's block. */
const [SELF, CROSS] = [0, 1];

/** T-GATE: what both attentions of a guided run do at each step, and where their branches are averaged. */
export const tgateCases: CaseKind = {
  name: 'T-GATE',
  source: 'HaozheLiu-ST/T-GATE ab2a88f',
  recognises: ({ config }) => hasAny(config, 'gate_step'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        steps: count(),
        gate_step: integer(10),
        sp_interval: integer(5),
        fi_interval: integer(1),
        warm_up: integer(2),
      },
      fields: { compute: mask(), self_attn: optional(text()), keep_shape: optional(text()) },
    });
    const { steps, gate_step: gate, sp_interval, fi_interval, warm_up: warmUp } = config;
    const constants = { gate, spInterval: sp_interval, fiInterval: fi_interval, warmUp };
    const policy = tgate(constants);
    const toy = moduleBlock(['self-attention', 'cross-attention']);
    const calls = await runCalls(policy, toy, { timesteps: steps, branches: GUIDED });
    const at = Array.from({ length: steps }, (_, step) => step);
    const averages = at.map((step) => (tgateStep(step, constants).averages ? '0' : '1')).join('');
    return {
      policy: policy.id,
      checks: [
        sameMask(
          'compute',
          fields.compute,
          at.map((step) => letterOf(calls, step, CROSS, constants)).join(''),
        ),
        ...checked(fields.self_attn, (expected) =>
          sameMask('self_attn', expected, at.map((step) => letterOf(calls, step, SELF, constants)).join('')),
        ),
        ...checked(fields.keep_shape, (expected) => sameMask('keep_shape', expected, averages)),
      ],
    };
  },
};

/**
 * What the attention at a position did in the conditional call of a step. Whether something was reused is seen in the run;
 * whether it was kept, in the schedule, since the policy does not keep what no step will reuse.
 */
function letterOf({ ran }: Calls, step: number, position: number, constants: TgateConstants): string {
  if (!ran[GUIDED.length * step]?.has(position)) return LETTERS.reuse;
  const action = tgateStep(step, constants)[position === CROSS ? 'cross' : 'self'];
  return action === 'reuse' ? '!' : LETTERS[action];
}

/** A check of a field, if the case has it. */
function checked(expected: string | null, check: (expected: string) => Check): readonly Check[] {
  return expected === null ? [] : [check(expected)];
}
