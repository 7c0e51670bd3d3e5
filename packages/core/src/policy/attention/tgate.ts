import type { InnerSite } from '../../pass/site.ts';
import { SAMPLE, type Decision } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { deriveOutput, enterModel, leaveModel, modelOutput } from '../guidance/whole-pass.ts';
import { choiceOption, integerOption, stepCountOption, stepsOf, type StepCount } from '../options.ts';
import type { Misfit, Needs, Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute } from '../span.ts';
import { SELF_ATTENTION } from './attention-kinds.ts';
import { keptBefore, tgateStep, type TgateConstants } from './tgate-schedule.ts';

/** Options of {@link tgate}. Defaults are the source's. */
export interface TgateOptions {
  /** Steps before this one are guided and compute their cross-attention: a count, or a share of the steps. */
  readonly gate: StepCount;
  /** Self-attention is computed at every n-th step before the gate. */
  readonly spInterval: number;
  /** Self-attention is computed at every n-th step after the gate. */
  readonly fiInterval: number;
  /** The last step at the start that computes its self-attention in any case. */
  readonly warmUp: number;
  /**
   * `on`: after the gate the unconditional pass is left out. Needs the model site. `off`: it is run, and gives the
   * conditional output if the text enters by cross-attention alone.
   */
  readonly guidance: 'on' | 'off';
}

/** What T-GATE remembers: where it is, and the rule of every site. */
export type TgateState = {
  readonly length: number;
  readonly steps: number;
  readonly gate: number;
  /** Which attentions the sites are. */
  readonly sites: readonly ('cross' | 'self' | 'other')[];
  /** The other guidance branch, whose attention is averaged with the own. */
  readonly partner: string | null;
  /** Whether this branch takes its outputs from the partner after the gate, or gives them to it. */
  readonly role: 'takes' | 'gives' | 'alone';
  /** The steps at which sites were computed although their outputs were to be taken: these are kept in their place. */
  readonly renewed: Readonly<Record<string, number>>;
};

/**
 * T-GATE (HaozheLiu-ST/T-GATE, commit ab2a88f; arXiv 2404.02747): cross-attention settles early. Up to the gate it is
 * computed; from there on the mean of both guidance branches at step gate − 1 is reused, and the steps go on without
 * guidance. Self-attention is computed at every n-th step.
 *
 *     cross-attention(s ≥ gate) = ½ · (conditional + unconditional) of step gate − 1
 *     output(s ≥ gate) = conditional output
 *
 * The first branch of the run is the conditional one and must be run before the other in every step; the unconditional
 * output is then a copy of it, so that u + w · (c − u) = c. With one branch there is nothing to average or to leave out.
 * The source patches every attention at every step and never forgets what it keeps; here each run starts anew.
 *
 * @example
 * ```ts
 * tgate({ gate: 15, spInterval: 3 }); // as published for PixArt-α, 25 steps
 * ```
 */
export const tgate: PolicyFactory<TgateOptions, TgateState> = definePolicy<TgateOptions, TgateState>({
  name: 'tgate',
  about: 'freezes cross-attention and drops guidance after a gate step (T-GATE)',
  options: {
    gate: stepCountOption('step from which cross-attention is reused and guidance ends', 10, {
      quoted: true,
    }),
    spInterval: integerOption('compute self-attention at every n-th step before the gate', 5, {
      min: 1,
      quoted: true,
    }),
    fiInterval: integerOption('compute self-attention at every n-th step after the gate', 1, { min: 1 }),
    warmUp: integerOption('last step at the start that computes all self-attention', 2, { min: 0 }),
    guidance: choiceOption('leave the unconditional pass out after the gate', ['on', 'off'], 'on'),
  },
  rule: (options) => ({
    granularity: options.guidance === 'on' ? 'guidance' : 'attention',
    needs: needsOf(options),
    limits: (run) => ({ warmUp: firstReuse(run.steps, constantsOf(options, run.steps)), tail: 0 }),
    fit: (run) => misfits(run, options),
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, { ...options, gate: state.gate }),
    observe: (state, { site, step, refused }) =>
      refused && site >= 0 ? { ...state, renewed: { ...state.renewed, [site]: step } } : state,
  }),
});

function needsOf({ guidance }: TgateOptions): Needs {
  const inner = ['cross-attention', ...SELF_ATTENTION] as const;
  return { inner, history: 1, ...(guidance === 'on' && { model: true as const }) };
}

function constantsOf(options: TgateOptions, steps: number): TgateConstants {
  return { ...options, gate: stepsOf(options.gate, steps) };
}

/** Steps before it are computed, whatever attentions the model has. */
function firstReuse(steps: number, constants: TgateConstants): number {
  for (let step = 0; step < steps; step++) {
    const { cross, self } = tgateStep(step, constants);
    if (cross === 'reuse' || self === 'reuse') return step;
  }
  return steps;
}

function misfits(run: RunShape, options: TgateOptions): readonly Misfit[] {
  const { gate } = constantsOf(options, run.steps);
  if (gate < run.steps) return [];
  const message =
    `the gate at step ${gate} is never reached in ${run.steps} steps: cross-attention is computed throughout, ` +
    'and guidance does not end; give the gate as a share of the steps, such as 40%';
  return [{ severity: 'warning', code: 'other-steps', message }];
}

function initialState({ stream, steps, branches, branch }: RunShape, options: TgateOptions): TgateState {
  const [conditional, unconditional] = branches;
  const guided = unconditional !== undefined && (branch === conditional || branch === unconditional);
  const gives = branch === conditional;
  const role = gives ? 'gives' : 'takes';
  return {
    length: stream.length,
    steps,
    gate: stepsOf(options.gate, steps),
    sites: stream.inner.map(attentionOf),
    partner: (guided ? (gives ? unconditional : conditional) : undefined) ?? null,
    role: guided && options.guidance === 'on' ? role : 'alone',
    renewed: {},
  };
}

function attentionOf({ kind }: InnerSite): 'cross' | 'self' | 'other' {
  if (kind === 'cross-attention') return 'cross';
  return SELF_ATTENTION.includes(kind) ? 'self' : 'other';
}

function decide(state: TgateState, { site, step }: Position, constants: TgateConstants): Decision {
  const { length, role, partner } = state;
  const after = step >= constants.gate;
  const why: Reason = after ? { kind: 'schedule' } : { kind: 'warm-up', until: constants.gate };
  if (site === SAMPLE && after && role === 'takes' && partner !== null)
    return deriveOutput(length, { kind: 'follows', branch: partner }, [{ branch: partner, step, weight: 1 }]);
  if (site === SAMPLE) return enterModel(why, after && role === 'gives' ? [modelOutput(length)] : []);
  if (site >= length) return leaveModel(length, why);
  return decideAttention(state, site, step, constants);
}

function decideAttention(state: TgateState, site: number, step: number, constants: TgateConstants): Decision {
  const kind = state.sites[site] ?? 'other';
  const until = site + 1;
  if (kind === 'other') return compute(until, { kind: 'always-compute' });
  const why = { kind: 'schedule' } as const;
  const action = tgateStep(step, constants)[kind];
  if (action !== 'reuse') {
    // What the next step computes anew need not be kept.
    const used = step + 1 < state.steps && tgateStep(step + 1, constants)[kind] === 'reuse';
    return compute(until, why, action === 'keep' && used ? [{ from: site, until, form: 'value' }] : []);
  }
  const kept = keptBefore(step, kind, constants);
  if (kept < 0) return compute(until, why);
  const { [site]: renewed = -1 } = state.renewed;
  const averaged = renewed <= kept && state.partner !== null && tgateStep(kept, constants).averages;
  const common = { do: 'reuse', until, form: 'value', steps: [Math.max(kept, renewed)], why } as const;
  if (!averaged || state.partner === null) return { ...common, weights: [1] };
  return { ...common, weights: [0.5], borrowed: [{ branch: state.partner, step: kept, weight: 0.5 }] };
}
