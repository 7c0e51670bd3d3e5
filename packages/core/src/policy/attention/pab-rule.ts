import type { InnerSite } from '../../pass/site.ts';
import type { Decision, Observation } from '../decision.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import { broadcastsMlp, mlpSources } from './pab-mlp.ts';
import type { PabSettings } from './pab-settings.ts';

/** What PAB remembers: the rule of every site, and those of the steps. */
export type PabState = {
  /** The range of each attention; `mlp` for MLPs that are broadcast. */
  readonly sites: readonly (number | 'mlp')[];
  readonly timesteps: readonly number[];
  /** For each step the step whose MLP outputs it takes: itself where they are kept, −1 for none. */
  readonly mlps: readonly number[];
  /** The steps at which MLPs were computed although their outputs were to be taken: these are kept in their place. */
  readonly renewed: Readonly<Record<string, number>>;
};

/** What every site and every step of a run is to do. */
export function initialState({ stream, timesteps }: RunShape, settings: PabSettings): PabState {
  const sites = stream.inner.map((site) =>
    broadcastsMlp(site, stream, settings) ? ('mlp' as const) : rangeOf(site, settings),
  );
  return { sites, timesteps, mlps: mlpSources(timesteps, settings), renewed: {} };
}

function rangeOf({ kind }: InnerSite, { spatial, temporal, cross }: PabSettings): number {
  if (kind === 'temporal-attention') return temporal;
  if (kind === 'cross-attention') return cross;
  return kind === 'spatial-attention' || kind === 'self-attention' ? spatial : 1;
}

/** What to do with the site at a position. */
export function decide(state: PabState, at: Position, settings: PabSettings): Decision {
  const { site, step, timestep } = at;
  const rule = state.sites[site] ?? 1;
  if (rule === 'mlp') return decideMlp(state, at);
  const until = site + 1;
  if (rule === 1) return compute(until, { kind: 'always-compute' });
  if (reuses(step, rule, timestep, settings)) return reuse(until, 'value', { kind: 'schedule' });
  const following = state.timesteps[step + 1];
  const needed = following !== undefined && reuses(step + 1, rule, following, settings);
  return compute(
    until,
    whyComputed(step, rule, timestep, settings),
    needed ? [{ from: site, until, form: 'value' }] : [],
  );
}

/** The steps are named: an output that was kept at another listed timestep is not the one that is meant. */
function decideMlp({ mlps, renewed }: PabState, { site, step }: Position): Decision {
  const until = site + 1;
  const source = mlps[step] ?? -1;
  const why = { kind: 'schedule' } as const;
  if (source >= 0 && source < step)
    return { ...reuse(until, 'value', why), steps: [Math.max(source, renewed[site] ?? source)] };
  return compute(until, why, mlps[step + 1] === step ? [{ from: site, until, form: 'value' }] : []);
}

/** The state after a decision was carried out. */
export function observe(state: PabState, { site, step, refused }: Observation): PabState {
  if (!refused || state.sites[site] !== 'mlp') return state;
  return { ...state, renewed: { ...state.renewed, [site]: step } };
}

function whyComputed(step: number, range: number, timestep: number, settings: PabSettings): Reason {
  const { low, high } = settings;
  if (!inside(timestep, settings)) return { kind: 'outside-window', timestep, low, high };
  return step === 0 ? { kind: 'first' } : { kind: 'age-limit', age: range - 1, limit: range - 1 };
}

/** True where an attention of this range is taken from the cache. */
export function reuses(step: number, range: number, timestep: number, settings: PabSettings): boolean {
  return step % range !== 0 && inside(timestep, settings);
}

function inside(timestep: number, { low, high, variant }: PabSettings): boolean {
  const compared = variant === 'diffusers' ? timestep : Math.trunc(timestep);
  return low < compared && compared < high;
}
