import { SAMPLE, type Decision, type Observation } from '../decision.ts';
import {
  derivedOutput,
  initialDelta,
  observeDelta,
  outputsToKeep,
  type DeltaState,
} from '../guidance/guidance-delta.ts';
import {
  guidanceMask,
  longestGap,
  maskWindows,
  type GuidanceSettings,
} from '../guidance/guidance-schedule.ts';
import { enterModel, leaveModel } from '../guidance/whole-pass.ts';
import type { Limits, Position, RunShape } from '../policy.ts';
import { compute } from '../span.ts';
import { SELF_ATTENTION } from './attention-kinds.ts';
import {
  attentionMask,
  computedBefore,
  depthOf,
  weightAt,
  type AttentionSettings,
} from './attention-schedule.ts';
import { computedAt, extrapolate, type Blend } from './blend.ts';

/** Both parts of FasterCache; without guidance only attention is reused. */
export interface FasterCacheSettings {
  readonly attention: AttentionSettings;
  readonly guidance: GuidanceSettings | null;
}

/** What FasterCache remembers of one branch. */
export type FasterCacheState = {
  readonly length: number;
  readonly steps: number;
  /** One digit a step: 1 attention is computed, 0 it is extrapolated. */
  readonly mask: string;
  /** What it knows of the difference between both branches; null where none is derived. */
  readonly delta: DeltaState | null;
  /** Which sites are attention of the stream to itself. */
  readonly sites: readonly boolean[];
  /** For each site its two newest outputs, newest first. */
  readonly past: readonly (readonly Blend[])[];
};

/** The masks of a run: when attention is computed, and when both branches are. */
function masksOf(
  run: RunShape,
  { attention, guidance }: FasterCacheSettings,
): { readonly attention: string; readonly guidance: string } {
  const guided = guidance && guidanceMask(run, guidance);
  return { attention: attentionMask(run, attention, guided), guidance: guided ?? '1'.repeat(run.steps) };
}

/** The state before the first step. */
export function initialState(run: RunShape, settings: FasterCacheSettings): FasterCacheState {
  const { stream, steps } = run;
  return {
    length: stream.length,
    steps,
    mask: masksOf(run, settings).attention,
    delta: settings.guidance && initialDelta(run, settings.guidance),
    sites: stream.inner.map(({ kind }) => SELF_ATTENTION.includes(kind)),
    past: stream.inner.map(() => []),
  };
}

/** What to do at a position. */
export function decide(state: FasterCacheState, at: Position, settings: FasterCacheSettings): Decision {
  const { delta, length } = state;
  const why = { kind: 'schedule' } as const;
  if (at.site === SAMPLE && delta !== null && settings.guidance !== null)
    return derivedOutput(delta, at, settings.guidance) ?? enterModel(why, outputsToKeep(delta, at.step));
  if (at.site >= length) return leaveModel(length, why);
  const until = at.site + 1;
  if (!state.sites[at.site]) return compute(until, { kind: 'always-compute' });
  if (state.mask[at.step] === '0') {
    const reuse = borrowed(state, at, settings) ?? extrapolated(state, at, settings);
    if (reuse !== undefined) return reuse;
  }
  const kept = isNeeded(state, at.step, settings);
  return compute(until, why, kept ? [{ from: at.site, until, form: 'value' }] : []);
}

/** The state after a decision was carried out. */
export function observe(
  state: FasterCacheState,
  seen: Observation,
  settings: FasterCacheSettings,
): FasterCacheState {
  const { site, step, did, refused } = seen;
  if (site === SAMPLE && state.delta !== null && settings.guidance !== null)
    return { ...state, delta: observeDelta(state.delta, seen, settings.guidance) };
  if (!state.sites[site]) return state;
  if (did === 'computed' && (refused || isNeeded(state, step, settings)))
    return remember(state, site, computedAt(step));
  if (did === 'reused' && settings.attention.variant === 'diffusers')
    return remember(state, site, forecast(state, site, step, settings));
  return state;
}

function remember(state: FasterCacheState, site: number, output: Blend | undefined): FasterCacheState {
  const [newest] = state.past[site] ?? [];
  const outputs = [output, newest].filter((blend) => blend !== undefined);
  return { ...state, past: state.past.with(site, outputs) };
}

/** This step's output as a combination of the branch's own past; undefined where it has none. */
function forecast(
  { past, steps }: FasterCacheState,
  site: number,
  step: number,
  { attention }: FasterCacheSettings,
): Blend | undefined {
  const [newest, older] = past[site] ?? [];
  return newest && extrapolate(newest, older, weightAt(step, steps, attention), depthOf(attention));
}

function extrapolated(
  state: FasterCacheState,
  { site, step }: Position,
  settings: FasterCacheSettings,
): Decision | undefined {
  const blend = forecast(state, site, step, settings);
  if (blend === undefined || !blend.every(([, weight]) => Number.isFinite(weight))) return undefined;
  const weights = blend.map(([, weight]) => weight);
  const steps = blend.map(([computed]) => computed);
  return { do: 'reuse', until: site + 1, form: 'value', weights, steps, why: { kind: 'schedule' } };
}

/** The same from the conditional branch's outputs of steps at which this branch was not run. */
function borrowed(
  { delta, mask, steps }: FasterCacheState,
  { site, step, branch }: Position,
  { attention }: FasterCacheSettings,
): Decision | undefined {
  if (delta === null || delta.conditional === null || !delta.derives || attention.stale !== 'borrow')
    return undefined;
  const { conditional } = delta;
  const [newest, older] = computedBefore(mask, step, depthOf(attention));
  if (newest === undefined || delta.mask[newest] === '1') return undefined;
  const blend = extrapolate(
    computedAt(newest),
    older === undefined ? undefined : computedAt(older),
    weightAt(step, steps, attention),
    depthOf(attention),
  );
  const terms = blend.map(([computed, weight]) => ({
    branch: delta.mask[computed] === '1' ? branch : conditional,
    step: computed,
    weight,
  }));
  return {
    do: 'reuse',
    until: site + 1,
    form: 'value',
    weights: [],
    borrowed: terms,
    why: { kind: 'follows', branch: conditional },
  };
}

/** True if an output that is computed at this step is among those that a later step of this branch combines. */
function isNeeded(
  { mask, steps, delta }: FasterCacheState,
  step: number,
  { attention }: FasterCacheSettings,
): boolean {
  const depth = depthOf(attention);
  const runs = (later: number): boolean => !delta?.derives || delta.mask[later] === '1';
  let newer = 0;
  for (let later = step + 1; later < steps && newer < depth; later++)
    if (mask[later] === '1') newer += 1;
    else if (runs(later)) return true;
  return false;
}

/**
 * An output is combined until so many newer ones are computed, and a site may be passed over in derived passes before and
 * after it is taken from the cache.
 */
export function limitsOf(run: RunShape, settings: FasterCacheSettings): Limits {
  const { attention, guidance } = masksOf(run, settings);
  const ages = Array.from(attention, (digit, step) =>
    digit === '0' ? step - (computedBefore(attention, step, depthOf(settings.attention)).at(-1) ?? step) : 0,
  );
  const both = Array.from(attention, (digit, step) => (digit === '1' && guidance[step] === '1' ? '1' : '0'));
  return {
    ...maskWindows([attention, guidance]),
    maxAge: Math.max(0, ...ages, longestGap(both.join(''))),
  };
}
