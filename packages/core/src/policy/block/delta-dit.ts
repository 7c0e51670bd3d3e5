import type { Decision, Entry } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, stepCountOption, stepsOf, type StepCount } from '../options.ts';
import type { Misfit, Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';

/** Options of {@link deltaDit}. */
export interface DeltaDitOptions {
  /** N: every N-th step is computed. 1 computes all. */
  readonly interval: number;
  /** b: before this step the rear blocks are reused, from it on the front blocks. A count, or a share of the steps. */
  readonly bound: StepCount;
  /** N_c: how many blocks are reused. A count, or a share of them. */
  readonly blocks: StepCount;
  /** The paper's rule, or the `Delta` mode of the TaylorSeer project. */
  readonly variant: 'paper' | 'taylorseer';
}

/** What Δ-DiT remembers: positions of the stream, and steps. */
export type DeltaDitState = {
  readonly length: number;
  readonly steps: number;
  /** The first step at which the front blocks are reused. */
  readonly bound: number;
  /** Where the front blocks end. */
  readonly front: number;
  /** Where the rear blocks begin. */
  readonly rear: number;
};

/**
 * Δ-DiT (arXiv 2406.01125; the authors published no code): the rear blocks make details, the front blocks the outline.
 * While the outline emerges the rear blocks may be reused, later the front ones. What is cached is Δ, what these blocks
 * added to the stream, at every N-th step:
 *
 *     compute(s) ⇔ s mod N = 0;   else h ← h + Δ over the last N_c blocks (s < b), or over the first N_c (s ≥ b)
 *
 * The paper cites b = 12 of 20 steps, and a speed-up of 1.6, which N = 2 gives with three quarters of the blocks.
 *
 * `taylorseer` follows the `Delta` mode of Shenyi-Z/TaylorSeer (commit 288776d): the single-stream blocks are reused in
 * every step between. That project calls every other such step `ToCa` and computes some tokens anew there; here all of
 * them are reused, and the reason of a decision has its name for the step.
 */
export const deltaDit: PolicyFactory<DeltaDitOptions, DeltaDitState> = definePolicy<
  DeltaDitOptions,
  DeltaDitState
>({
  name: 'deltaDit',
  about: 'reuses what the rear blocks add at first, later what the front blocks add (Δ-DiT)',
  options: {
    interval: integerOption('compute every N-th step', 2, { min: 1, quoted: true }),
    bound: stepCountOption('step from which the front blocks are reused', '60%', { quoted: true }),
    blocks: stepCountOption('blocks that are reused', '75%', { quoted: true }),
    variant: choiceOption('whose rule', ['paper', 'taylorseer'], 'paper'),
  },
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 1 },
    limits: () => ({ warmUp: 1, tail: 0, maxAge: options.interval - 1 }),
    fit: (run) => misfits(run, options),
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, options),
    observe: (state) => state,
  }),
});

function initialState({ stream, steps }: RunShape, options: DeltaDitOptions): DeltaDitState {
  const { blocks, length } = stream;
  const count = Math.min(blocks.length, stepsOf(options.blocks, blocks.length));
  const single = options.variant === 'taylorseer' ? firstSingle(stream) : undefined;
  return {
    length,
    steps,
    bound: options.variant === 'taylorseer' ? steps : stepsOf(options.bound, steps),
    front: blocks[count - 1]?.until ?? length,
    rear: single ?? blocks[blocks.length - count]?.from ?? 0,
  };
}

/** Where the single-stream blocks of a model with two streams begin. */
function firstSingle({ blocks }: RunShape['stream']): number | undefined {
  return blocks.find(({ family }) => family === 'single')?.from;
}

function decide(state: DeltaDitState, { step, site }: Position, options: DeltaDitOptions): Decision {
  const { length, bound, front, rear } = state;
  const { interval } = options;
  const why = reasonAt(step % interval, options);
  if (step % interval === 0) return compute(length, why, site === 0 ? needed(state, step, interval) : []);
  if (step >= bound) return site === 0 ? reuse(front, 'residual', why) : compute(length, why);
  if (site < rear) return compute(rear, why);
  return site === rear ? reuse(length, 'residual', why) : compute(length, why);
}

/** The entries that the steps up to the next computed one will use. */
function needed(
  { length, steps, bound, front, rear }: DeltaDitState,
  step: number,
  interval: number,
): readonly Entry[] {
  const last = Math.min(step + interval, steps) - 1;
  const entries: Entry[] = [];
  if (step < last && step + 1 < bound) entries.push({ from: rear, until: length, form: 'residual' });
  if (step < last && last >= bound) entries.push({ from: 0, until: front, form: 'residual' });
  return entries;
}

function reasonAt(counter: number, { variant }: DeltaDitOptions): Reason {
  if (variant === 'paper' || counter === 0) return { kind: 'schedule' };
  return { kind: 'rule', text: counter % 2 === 1 ? 'Delta-Cache' : 'ToCa' };
}

function misfits(
  { steps, stream }: RunShape,
  { bound, blocks, variant }: DeltaDitOptions,
): readonly Misfit[] {
  const found: Misfit[] = [];
  const warn = (code: Misfit['code'], message: string): void => {
    found.push({ severity: 'warning', code, message });
  };
  const count = stream.blocks.length;
  if (variant === 'taylorseer' && firstSingle(stream) === undefined)
    warn(
      'other-model',
      `variant=taylorseer reuses single-stream blocks, and the model has none: the last ${blocks} are reused`,
    );
  if (typeof blocks === 'number' && blocks > count)
    warn('other-model', `${blocks} blocks were to be reused, and the model has ${count}: all are reused`);
  if (variant === 'paper' && typeof bound === 'number' && bound >= steps)
    warn(
      'other-steps',
      `the front blocks were to be reused from step ${bound} on, and there are ${steps} steps: give a share`,
    );
  return found;
}
