import type { InnerSite } from '../../pass/site.ts';
import type { Decision } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { integerOption, numberOption } from '../options.ts';
import type { Position } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';

/** Options of {@link pab}. A range of 1 never reuses. */
export interface PabOptions {
  /** Spatial (or joint) self-attention is computed at every n-th step inside the window. */
  readonly spatial: number;
  /** Temporal attention is computed at every n-th step inside the window. */
  readonly temporal: number;
  /** Cross-attention is computed at every n-th step inside the window. */
  readonly cross: number;
  /** Reuse only at timesteps above this, in the sampler's unit (0 … 1000 in the source). */
  readonly low: number;
  /** Reuse only at timesteps below this. */
  readonly high: number;
}

/** What PAB remembers: the range of every site, and the timesteps. */
export type PabState = { readonly ranges: readonly number[]; readonly timesteps: readonly number[] };

/**
 * Pyramid Attention Broadcast (NUS-HPC-AI-Lab/VideoSys, commit 4cce477; arXiv 2408.12588): attention outputs change
 * slowly in the middle of a generation, cross-attention slowest. Each kind of attention is computed at every n-th step
 * and broadcast to the steps between, inside a window of timesteps.
 *
 *     reuse(s) ⇔ s mod range ≠ 0  and  low < ⌊t_s⌋ < high
 *
 * The source caches outputs with their gate applied; here the value before the gate is cached, so that the current gate
 * applies. Decisions are the same. Defaults are the source's for Open-Sora 1.2. The source counts calls in a global object, which an interrupted run
 * leaves out of phase; here the step is an argument.
 */
export const pab: PolicyFactory<PabOptions, PabState> = definePolicy<PabOptions, PabState>({
  name: 'pab',
  about: 'broadcasts attention outputs over a few steps inside a timestep window (PAB)',
  options: {
    spatial: integerOption('compute spatial attention at every n-th step', 2, { min: 1, quoted: true }),
    temporal: integerOption('compute temporal attention at every n-th step', 4, { min: 1, quoted: true }),
    cross: integerOption('compute cross-attention at every n-th step', 6, { min: 1, quoted: true }),
    low: numberOption('reuse only above this timestep', 450, { quoted: true }),
    high: numberOption('reuse only below this timestep', 930, { quoted: true }),
  },
  check: ({ low, high }) =>
    low < high ? [] : [{ option: 'low', message: `expected low < high, got ${low} and ${high}` }],
  rule: (options) => ({
    granularity: 'attention',
    needs: {
      inner: ['spatial-attention', 'temporal-attention', 'cross-attention', 'self-attention'],
      history: 1,
    },
    limits: () => ({
      warmUp: 1,
      tail: 0,
      maxAge: Math.max(options.spatial, options.temporal, options.cross) - 1,
    }),
    init: (run) => ({
      ranges: run.stream.inner.map((site) => rangeOf(site, options)),
      timesteps: run.timesteps,
    }),
    next: (state, at) => decide(state, at, options),
    observe: (state) => state,
  }),
});

function rangeOf({ kind }: InnerSite, { spatial, temporal, cross }: PabOptions): number {
  if (kind === 'temporal-attention') return temporal;
  if (kind === 'cross-attention') return cross;
  return kind === 'spatial-attention' || kind === 'self-attention' ? spatial : 1;
}

function decide(state: PabState, { site, step, timestep }: Position, options: PabOptions): Decision {
  const until = site + 1;
  const range = state.ranges[site] ?? 1;
  if (range === 1) return compute(until, { kind: 'always-compute' });
  if (reuses(step, range, timestep, options)) return reuse(until, 'value', { kind: 'schedule' });
  const following = state.timesteps[step + 1];
  const needed = following !== undefined && reuses(step + 1, range, following, options);
  return compute(
    until,
    whyComputed(step, range, timestep, options),
    needed ? [{ from: site, until, form: 'value' }] : [],
  );
}

function whyComputed(step: number, range: number, timestep: number, options: PabOptions): Reason {
  const { low, high } = options;
  if (!inside(timestep, options)) return { kind: 'outside-window', timestep, low, high };
  return step === 0 ? { kind: 'first' } : { kind: 'age-limit', age: range - 1, limit: range - 1 };
}

function reuses(step: number, range: number, timestep: number, options: PabOptions): boolean {
  return step % range !== 0 && inside(timestep, options);
}

function inside(timestep: number, { low, high }: PabOptions): boolean {
  const whole = Math.trunc(timestep);
  return low < whole && whole < high;
}
