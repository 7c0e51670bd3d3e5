import { autoOption } from '../auto-option.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { percentage } from '../option-text.ts';
import {
  choiceOption,
  integerOption,
  numberOption,
  numbersOption,
  stepCountOption,
  type StepCount,
} from '../options.ts';
import type { Misfit, RunShape } from '../policy.ts';
import { otherModel, suits } from '../published.ts';
import {
  teacacheModelNames,
  teacacheModels,
  type TeaCacheModelName,
  type TeaCacheSignal,
} from './teacache-models.ts';
import {
  decideTeaCache,
  observeTeaCache,
  openTeaCache,
  type TeaCacheRule,
  type TeaCacheState,
} from './teacache-rule.ts';
import { teacacheArithmetic, type TeaCacheVariant } from './teacache-variants.ts';

/** Options of {@link teacache}. */
export interface TeaCacheOptions {
  /** The residual is reused while the accumulated, rescaled change stays below this. Published: 0.03 … 1.1 by model. */
  readonly threshold: number;
  /** A published set: its coefficients, signal and windows hold where the options below do not say otherwise. */
  readonly model: TeaCacheModelName | 'none';
  /**
   * Polynomial that rescales the change of the signal to a change of the output, highest power first. The default, the
   * identity, leaves the choice to `model`.
   */
  readonly coefficients: readonly number[];
  /** Whose rule decides, where ports of the same name differ. */
  readonly variant: TeaCacheVariant;
  /** What is compared from step to step. `auto`: what the model's set was fitted to, else the modulated input. */
  readonly signal: TeaCacheSignal | 'auto';
  /** Steps computed at the start; a share is rounded up. `auto`: those of the model's set, else of the variant. */
  readonly warmUp: StepCount | 'auto';
  /** Steps computed at the end. `auto`: those of the model's set, else of the variant. */
  readonly tail: number | 'auto';
  /** For `variant=xdit`: steps of a generation, where a run holds several in a row. `auto`: those of the run. */
  readonly generation: number | 'auto';
  /** Sketch of the indicator: measure every n-th element. 1 measures all. */
  readonly stride: number;
}

const IDENTITY: readonly number[] = [1, 0];

/**
 * TeaCache (ali-vilab/TeaCache, commit 7c10efc; arXiv 2411.19108): step-level reuse. The relative L1 change of a signal
 * that is known before the blocks run is rescaled by a polynomial and summed up; while the sum stays below the
 * threshold, the residual of the whole stack is reused, else the step is computed and the sum starts anew.
 *
 *     a ← a + poly(‖m_s − m_{s−1}‖₁ / ‖m_{s−1}‖₁);   reuse(s) ⇔ a < threshold;   compute: a ← 0
 *
 * The first `warmUp` and the last `tail` steps are computed; the sum is zero after them. The ratio is rounded to
 * float32, the polynomial and the comparison are float64, as in the source. Coefficients belong to a model; the default,
 * the identity, suits none in particular.
 *
 * @example
 * ```ts
 * teacache({ threshold: 0.4, model: 'flux' });
 * teacache({ threshold: 0.1, model: 'wan-2.1-t2v-1.3b-ret' }); // sees `timestep-projection`, computes 5 steps first
 * ```
 */
export const teacache: PolicyFactory<TeaCacheOptions, TeaCacheState> = definePolicy<
  TeaCacheOptions,
  TeaCacheState
>({
  name: 'teacache',
  about: 'reuses a step while the accumulated change of the first modulated input is small (TeaCache)',
  options: {
    threshold: numberOption('reuse while the accumulated change is below this', 0.1, {
      min: 0,
      quoted: true,
    }),
    model: choiceOption(
      'published coefficients, signal and windows',
      ['none', ...teacacheModelNames],
      'none',
    ),
    coefficients: numbersOption('polynomial that rescales the change, highest power first', IDENTITY, {
      minLength: 1,
    }),
    variant: choiceOption('whose rule, where ports differ', ['teacache', 'vllm-omni', 'xdit'], 'teacache'),
    signal: autoOption(
      choiceOption(
        'what is compared from step to step',
        ['modulated', 'timestep-embedding', 'timestep-projection'],
        'modulated',
      ),
    ),
    warmUp: autoOption(stepCountOption('steps computed at the start', 1)),
    tail: autoOption(integerOption('steps computed at the end', 1, { min: 0 })),
    generation: autoOption(integerOption('steps of a generation, for variant=xdit', 1, { min: 1 })),
    stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  },
  check: ({ variant, generation }) =>
    generation === 'auto' || variant === 'xdit'
      ? []
      : [{ option: 'generation', message: 'only variant=xdit counts on from one generation to the next' }],
  rule(options) {
    const rule = teacacheRule(options);
    const { tap } = rule;
    return {
      granularity: 'step',
      needs: {
        ...(tap.of === 'conditioning' ? { conditioning: [tap.name] } : { modulated: 'first' as const }),
        history: 1,
      },
      limits: ({ steps }) => ({ warmUp: rule.warmUp(steps), tail: Math.min(rule.tail, steps) }),
      fit: (run) => misfits(options, run),
      init: openTeaCache,
      next: (state, { step }) => decideTeaCache(state, step, rule),
      observe: (state, seen) => observeTeaCache(state, seen, rule),
    };
  },
});

/**
 * The rule that options stand for, with everything filled in.
 *
 * @param options - all of them, see `optionsOf`
 */
export function teacacheRule(options: TeaCacheOptions): TeaCacheRule {
  const { threshold, stride, variant } = options;
  const arithmetic = teacacheArithmetic[variant];
  const model = options.model === 'none' ? undefined : teacacheModels[options.model];
  const given = <Value>(value: Value | 'auto', published: Value | undefined, usual: Value): Value =>
    value === 'auto' ? (published ?? usual) : value;
  const signal = given(options.signal, model?.signal, 'modulated');
  // A variant's windows belong to its rule: a set's are those of the authors' scripts.
  const windows = variant === 'teacache' ? model : undefined;
  const warmUp = given(options.warmUp, windows?.warmUp, arithmetic.warmUp);
  return {
    threshold,
    stride,
    arithmetic,
    coefficients: isIdentity(options.coefficients) && model ? model.coefficients : options.coefficients,
    tap: signal === 'modulated' ? { of: 'modulated', at: 0 } : { of: 'conditioning', name: signal },
    warmUp: (steps) => Math.min(steps, roundedUp(warmUp, steps)),
    tail: given(options.tail, windows?.tail, arithmetic.tail),
    generation: (steps) => given(options.generation, undefined, steps),
  };
}

/** How many steps a window holds: step s lies in a share r of T steps if s < r·T, in float64 as HiDream's script has it. */
function roundedUp(window: StepCount, steps: number): number {
  if (typeof window === 'number') return window;
  return Math.ceil(steps * ((percentage(window) ?? 0) / 100));
}

function isIdentity(coefficients: readonly number[]): boolean {
  return coefficients.length === IDENTITY.length && coefficients.every((value, at) => value === IDENTITY[at]);
}

function misfits({ model, coefficients }: TeaCacheOptions, run: RunShape): readonly Misfit[] {
  if (model !== 'none') return otherModel(model, teacacheModels[model], run);
  const { architecture } = run;
  if (architecture === undefined || !isIdentity(coefficients)) return [];
  const names = teacacheModelNames.filter((name) => suits(teacacheModels[name], run));
  if (names.length === 0) return [];
  const message =
    `the change is not rescaled, although coefficients for ${architecture} are published: ` +
    `model=${names.join(' or model=')}`;
  return [{ severity: 'warning', code: 'uncalibrated', message }];
}
