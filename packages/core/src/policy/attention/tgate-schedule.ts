/** The constants of T-GATE's schedule, in steps. */
export interface TgateConstants {
  /** Steps before this one are guided and compute their cross-attention. */
  readonly gate: number;
  /** Self-attention is computed at every n-th step before the gate. */
  readonly spInterval: number;
  /** Self-attention is computed at every n-th step after the gate. */
  readonly fiInterval: number;
  /** The last step at the start that computes its self-attention in any case. */
  readonly warmUp: number;
}

/** What an attention does at a step: `keep` computes and remembers. */
export type TgateAction = 'compute' | 'keep' | 'reuse';

/** What all attentions do at a step. */
export interface TgateStep {
  readonly cross: TgateAction;
  readonly self: TgateAction;
  /** True where what is remembered is the mean of both guidance branches. */
  readonly averages: boolean;
}

/**
 * T-GATE's scheduler (HaozheLiu-ST/T-GATE, commit ab2a88f): what cross- and self-attention do at a step.
 *
 *     cross: compute before gate − 1, keep at it, reuse after it
 *     self:  compute before warmUp, keep at it, at gate − 1 and at every n-th step, else reuse
 *
 * with n = spInterval before the gate and fiInterval after it.
 *
 * @param step - index of the step
 * @param constants - of the schedule
 */
export function tgateStep(step: number, { gate, spInterval, fiInterval, warmUp }: TgateConstants): TgateStep {
  const last = gate - 1;
  if (step === last) return { cross: 'keep', self: 'keep', averages: true };
  const every = (interval: number): TgateAction => (step % interval === 0 ? 'keep' : 'reuse');
  if (step > last) return { cross: 'reuse', self: every(fiInterval), averages: false };
  const warm = step === warmUp ? 'keep' : every(spInterval);
  return { cross: 'compute', self: step < warmUp ? 'compute' : warm, averages: false };
}

/**
 * The newest step before this one at which an attention remembers its output; −1 for none.
 *
 * @param kind - of the attention
 */
export function keptBefore(step: number, kind: 'cross' | 'self', constants: TgateConstants): number {
  for (let earlier = step - 1; earlier >= 0; earlier--)
    if (tgateStep(earlier, constants)[kind] === 'keep') return earlier;
  return -1;
}
