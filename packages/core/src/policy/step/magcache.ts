import { autoOption } from '../auto-option.ts';
import type { Decision, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, numberOption } from '../options.ts';
import type { Limits, Misfit, RunShape } from '../policy.ts';
import { otherModel } from '../published.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse, wholeStack } from '../span.ts';
import { magcacheModelNames, magcacheModels, type MagCacheModelName } from './magcache-ratios.ts';
import {
  interpolateRatios,
  magcacheRules,
  type MagCacheRule,
  type MagCacheVariant,
} from './magcache-variants.ts';
import { ratioListsOption } from './ratio-lists-option.ts';

/** Options of {@link magcache}. */
export interface MagCacheOptions {
  /** E: the residual is reused while the accumulated error stays below this. */
  readonly threshold: number;
  /** Published ratios. */
  readonly model: MagCacheModelName | 'none';
  /**
   * Ratios measured on the model, one list for each branch in the order of the run's branches, or one for all of them:
   * see `magnitudes`. Left empty: those of `model`.
   */
  readonly ratios: readonly (readonly number[])[];
  /** K: at most so many steps in a row are reused. */
  readonly maxSkip: number;
  /** R: this share of the steps, at the start, is computed. */
  readonly retention: number;
  /** Whose rule, where scripts differ. `auto`: that of the model's script, else Wan's. */
  readonly variant: MagCacheVariant | 'auto';
}

/** What MagCache remembers: its branch's ratios for this run, and the last computed step. */
export type MagCacheState = {
  readonly length: number;
  readonly steps: number;
  /** One ratio a step; empty when there are none. */
  readonly ratios: readonly number[];
  /** The first step that may be reused. */
  readonly first: number;
  readonly computed: number | null;
};

/**
 * MagCache (Zehong-Ma/MagCache, commit df81cb1; arXiv 2506.09045): the magnitude of a model's residual changes from step
 * to step in nearly the same way for every prompt. Ratios measured once therefore tell how far the cached residual of
 * step c is off at step s, without looking at anything:
 *
 *     γ_i = mag[c+1] · … · mag[i];   e(s) = Σ_{i=c+1…s} |1 − γ_i|;   reuse(s) ⇔ s ≥ R·T  and  e(s) < E  and  s − c ≤ K
 *
 * Defaults are those of the script for Wan 2.1. Where the run has another number of steps than the list, the nearest
 * ratio is taken.
 *
 * @example
 * ```ts
 * magcache({ model: 'flux', threshold: 0.24, maxSkip: 5, retention: 0.1 }); // 28 steps: 1110010001010000010000010010
 * ```
 */
export const magcache: PolicyFactory<MagCacheOptions, MagCacheState> = definePolicy<
  MagCacheOptions,
  MagCacheState
>({
  name: 'magcache',
  about: 'reuses a step while measured magnitude ratios say that the residual is still right (MagCache)',
  options: {
    threshold: numberOption('reuse while the accumulated error is below this', 0.12, {
      min: 0,
      quoted: true,
    }),
    model: choiceOption('published magnitude ratios', ['none', ...magcacheModelNames], 'none'),
    ratios: ratioListsOption('magnitude ratios of the model, a list for each branch'),
    maxSkip: integerOption('steps reused in a row, at most', 2, { min: 0, quoted: true }),
    retention: numberOption('share of the steps that is computed at the start', 0.2, { min: 0, max: 1 }),
    variant: autoOption(
      choiceOption(
        'whose rule, where scripts differ',
        ['wan', 'flux', 'hunyuan', 'omnigen2', 'framepack', 'diffusers'],
        'wan',
      ),
    ),
  },
  rule(options) {
    const rule = ruleOf(options);
    return {
      granularity: 'step',
      needs: { history: 1 },
      limits: (run) => limitsOf(run, options, rule),
      fit: (run) => misfits(options, run),
      init: (run) => open(run, options, rule),
      next: (state, { step }) => decide(state, step, options, rule),
      observe,
    };
  },
});

function ruleOf({ variant, model }: MagCacheOptions): MagCacheRule {
  const published = model === 'none' ? undefined : magcacheModels[model].variant;
  return magcacheRules[variant === 'auto' ? (published ?? 'wan') : variant];
}

function listsOf({ ratios, model }: MagCacheOptions): readonly (readonly number[])[] {
  return ratios.length > 0 || model === 'none' ? ratios : magcacheModels[model].ratios;
}

function firstReused(
  run: RunShape,
  branch: number,
  { retention }: MagCacheOptions,
  rule: MagCacheRule,
): number {
  return Math.max(1, rule.retained(retention, run.steps, branch, run.branches.length));
}

function limitsOf(run: RunShape, options: MagCacheOptions, rule: MagCacheRule): Limits {
  const firsts = run.branches.map((_, branch) => firstReused(run, branch, options, rule));
  return { warmUp: Math.min(run.steps, ...firsts), tail: 0, maxAge: options.maxSkip };
}

function open(run: RunShape, options: MagCacheOptions, rule: MagCacheRule): MagCacheState {
  const branch = Math.max(0, run.branches.indexOf(run.branch));
  const lists = listsOf(options);
  const list = lists[branch] ?? lists.at(-1) ?? [];
  return {
    length: run.stream.length,
    steps: run.steps,
    ratios: interpolateRatios(list, run.steps, rule.round),
    first: firstReused(run, branch, options, rule),
    computed: null,
  };
}

function decide(state: MagCacheState, step: number, options: MagCacheOptions, rule: MagCacheRule): Decision {
  const { length, steps } = state;
  const verdict = judge(state, step, options, rule);
  if (verdict.reuse) return reuse(length, 'residual', verdict.why);
  // Under any threshold: a budget may raise it before the next step.
  const needed = step + 1 < steps && mayReuse(after(state, step), step + 1, options, rule);
  return compute(length, verdict.why, needed ? wholeStack(length, 'residual') : []);
}

/** Follows the ratios from the last computed step. A step that the sampler left out counts as one that was reused. */
function judge(
  { ratios, computed, first, steps }: MagCacheState,
  step: number,
  { threshold, maxSkip }: MagCacheOptions,
  { round, allows, exception }: MagCacheRule,
): { readonly reuse: boolean; readonly why: Reason } {
  const computes = (why: Reason): { reuse: boolean; why: Reason } => ({ reuse: false, why });
  if (computed === null) return computes({ kind: 'first' });
  if (computed + 1 < first || step < first) return computes({ kind: 'warm-up', until: first });
  if (ratios.length === 0) return computes({ kind: 'rule', text: 'there are no magnitude ratios' });
  let [product, error] = [1, 0];
  for (let at = computed + 1; at <= step; at++) {
    const ratio = ratios[at] ?? 1;
    product = round(product * round(ratio));
    error = round(error + Math.abs(round(1 - product)));
    if (at - computed > maxSkip) return computes({ kind: 'age-limit', age: maxSkip, limit: maxSkip });
    if (!allows(error, threshold)) return computes({ kind: 'above-threshold', value: error, threshold });
    const text = exception(at, steps, ratio);
    if (text !== undefined) return computes({ kind: 'rule', text });
  }
  return { reuse: true, why: { kind: 'below-threshold', value: error, threshold } };
}

/** True if a step would be reused were its error small enough. */
function mayReuse(state: MagCacheState, step: number, options: MagCacheOptions, rule: MagCacheRule): boolean {
  const verdict = judge(state, step, options, rule);
  return verdict.reuse || verdict.why.kind === 'above-threshold';
}

function observe(state: MagCacheState, { did, step }: Observation): MagCacheState {
  return did === 'computed' ? after(state, step) : state;
}

/** The state once a step was computed. Written out: a spread takes longer than the rest of the decision. */
function after({ length, steps, ratios, first }: MagCacheState, computed: number): MagCacheState {
  return { length, steps, ratios, first, computed };
}

function misfits(options: MagCacheOptions, run: RunShape): readonly Misfit[] {
  const { model, ratios } = options;
  const lists = listsOf(options);
  if (lists.length === 0) return [{ severity: 'error', code: 'uncalibrated', message: CALIBRATE }];
  const published = model === 'none' || ratios.length > 0 ? undefined : magcacheModels[model];
  const found = [...otherModel(model, published, run)];
  const other = lists.find(({ length }) => length !== run.steps);
  if (other)
    found.push({
      severity: 'warning',
      code: 'other-steps',
      message:
        `the ratios were measured over ${other.length} steps and are interpolated to ${run.steps}: ` +
        'measure them over as many steps as the run has, or compare the quality',
    });
  return found;
}

const CALIBRATE =
  'magnitude ratios belong to a model, and none are given: name published ones (model=…), or generate once with the ' +
  'policy magnitudes and pass what magnitudeRatios finds in its report as the option ratios';
