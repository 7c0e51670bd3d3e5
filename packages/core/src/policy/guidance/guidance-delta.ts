import { SAMPLE, type BorrowedTerm, type Entry, type Observation, type ReuseDecision } from '../decision.ts';
import type { Position, RunShape } from '../policy.ts';
import { growthAt, guidanceMask, longestGap, type GuidanceSettings } from './guidance-schedule.ts';
import { deriveOutput, modelOutput } from './whole-pass.ts';

/** Radius of the low frequencies, as a share of the shorter side: the source's `min(H, W) // 5`. */
const LOW_PASS = 0.2;

/** The conditional output of this step, and that of the last step with both branches. */
const NOW = 'now';
const FULL = 'full';

/** What one branch knows of the difference between both. */
export type DeltaState = {
  /** One digit a step: 1 both branches are computed, 0 the unconditional output is derived. */
  readonly mask: string;
  readonly steps: number;
  readonly timesteps: readonly number[];
  /** Number of positions of the stream. */
  readonly length: number;
  /** The conditional branch, which keeps, or the other one, which derives; null for a branch that does neither. */
  readonly conditional: string | null;
  readonly derives: boolean;
  /** The last step at which this branch was computed for the other's sake. */
  readonly full: number | null;
  /** How far the low and high frequencies of the difference have grown since then. */
  readonly low: number;
  readonly high: number;
};

/** The state before the first step. The first branch of the run is the conditional one, the second derives from it. */
export function initialDelta(run: RunShape, settings: GuidanceSettings): DeltaState {
  const [conditional, unconditional] = run.branches;
  const takesPart = run.branch === conditional || run.branch === unconditional;
  return {
    mask: guidanceMask(run, settings),
    steps: run.steps,
    timesteps: run.timesteps,
    length: run.stream.length,
    conditional: takesPart ? (conditional ?? null) : null,
    derives: run.branch === unconditional,
    full: null,
    low: 1,
    high: 1,
  };
}

/** What a branch that is computed at this step must remember of its output. */
export function outputsToKeep(
  { mask, length, conditional, derives }: DeltaState,
  step: number,
): readonly Entry[] {
  const isFull = mask[step] === '1';
  if (conditional === null || (isFull && mask[step + 1] !== '0')) return [];
  if (derives) return isFull ? [modelOutput(length)] : [];
  return [modelOutput(length, isFull ? FULL : NOW)];
}

/**
 * The unconditional output of a step, derived from the conditional one and the difference of both at the last full
 * step: u = c + low · L(Δ) + high · (Δ − L(Δ)), with L the low frequencies. Undefined where it is to be computed.
 */
export function derivedOutput(
  state: DeltaState,
  { step, branch }: Pick<Position, 'step' | 'branch'>,
  settings: GuidanceSettings,
): ReuseDecision | undefined {
  const { mask, length, conditional, derives, full } = state;
  if (!derives || conditional === null || full === null || mask[step] !== '0') return undefined;
  const { low, high } = grown(state, step, settings);
  // A sampler may have left out the step that would have renewed the difference.
  if (step - full > longestGap(mask) || !Number.isFinite(low - high)) return undefined;
  const before = { branch: conditional, step: full, slot: FULL };
  const filtered: readonly BorrowedTerm[] = [
    { branch, step: full, weight: low - high, lowPass: LOW_PASS },
    { ...before, weight: high - low, lowPass: LOW_PASS },
  ];
  const borrowed: readonly BorrowedTerm[] = [
    { branch: conditional, step, slot: NOW, weight: 1 },
    { ...before, weight: -high },
    ...(low === high ? [] : filtered),
  ];
  return deriveOutput(length, { kind: 'schedule' }, borrowed, { weights: [high], steps: [full] });
}

/** The state after a decision at the sample was carried out; what happens further in does not matter. */
export function observeDelta(state: DeltaState, seen: Observation, settings: GuidanceSettings): DeltaState {
  const { step, site, did, refused } = seen;
  if (site !== SAMPLE || !state.derives) return state;
  if (did === 'reused') return { ...state, ...grown(state, step, settings) };
  // A refused reuse leaves an output behind for which the conditional branch has no counterpart.
  const isFull = !refused && state.mask[step] === '1';
  return { ...state, full: isFull ? step : null, low: 1, high: 1 };
}

function grown(
  state: DeltaState,
  step: number,
  settings: GuidanceSettings,
): Pick<DeltaState, 'low' | 'high'> {
  const growth = growthAt(step, state, settings);
  return { low: state.low * growth.low, high: state.high * growth.high };
}
