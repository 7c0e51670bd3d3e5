import type { Observation } from '../decision.ts';
import type { RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { blockIndicator, meanChange, selectBlocks, type BlockIndicator } from './block-indicators.ts';
import type { BwcacheOptions } from './bwcache-options.ts';

/** A part of the stream that is reused together, and the indicators whose mean decides about it. */
export type ReuseUnit = {
  readonly from: number;
  readonly until: number;
  readonly form: 'output' | 'residual';
  readonly indicators: readonly BlockIndicator[];
};

/** What is known about a unit. */
export type UnitProgress = {
  /** k: the step at which the mean fell below δ for the first time. */
  readonly trigger: number | null;
  /** The last computed step; reuse is counted from it. */
  readonly computed: number;
  /** The last measured step; the next measurement is compared with it. */
  readonly measured: number;
  /** Whether the last computed step allows reuse after it. */
  readonly armed: boolean;
  /** The smallest change per step so far. */
  readonly least: number | null;
  /** Whether reuse has ended for the rest of the run. */
  readonly stopped: boolean;
  /** The newest mean relative L1 and what it led to, or why there is none. */
  readonly seen: Reason;
};

/** Nothing computed yet. */
export const untouched: UnitProgress = {
  trigger: null,
  computed: -1,
  measured: -1,
  armed: false,
  least: null,
  stopped: false,
  seen: { kind: 'first' },
};

/** The units of a run: one for the whole stack, or one for each block. */
export function unitsOf({ stream }: RunShape, options: BwcacheOptions): readonly ReuseUnit[] {
  const { form, select } = options;
  if (select === 'blocks')
    return stream.blocks.map((block) => ({
      from: block.from,
      until: block.until,
      // A block's output would undo what the blocks before it have just computed.
      form: 'residual',
      indicators: [blockIndicator(block, options)],
    }));
  return [
    {
      from: 0,
      until: stream.length,
      form: form === 'paper' ? 'output' : 'residual',
      indicators: selectBlocks(stream.blocks, options.blocks).map((block) => blockIndicator(block, options)),
    },
  ];
}

/** Whether a series of reused steps needs a comparison below δ of its own. */
function rearms({ form, rearm }: BwcacheOptions): boolean {
  return form === 'paper' || rearm === 'yes';
}

/** Whether a computed step is measured: the released code stops looking once it has triggered. */
export function watches({ armed, stopped, trigger }: UnitProgress, options: BwcacheOptions): boolean {
  return !stopped && (trigger === null || !armed || rearms(options) || options.stop !== 'never');
}

/** What is known after a unit was computed. */
export function computedUnit(
  { indicators }: ReuseUnit,
  progress: UnitProgress,
  seen: Observation,
  options: BwcacheOptions,
): UnitProgress {
  const { step, measured, refused } = seen;
  // Who compares before each series has to do so again: a refused reuse was computed without a comparison.
  if (refused && rearms(options))
    return {
      ...progress,
      computed: step,
      armed: false,
      seen: { kind: 'no-indicator', because: 'no-reference' },
    };
  // All indicators of a unit are asked for together, or none.
  const [first] = indicators;
  const asked = first !== undefined && measured[first.name] !== undefined;
  if (!asked || !watches(progress, options)) return computedAt(progress, step);
  const mean = meanChange(indicators, measured);
  if (mean.usable) return comparedUnit(progress, step, mean.value, options);
  const why: Reason = step === 0 ? { kind: 'first' } : { kind: 'no-indicator', because: mean.because };
  return { ...progress, computed: step, measured: step, armed: false, seen: why };
}

/** The step counts, and nothing else is new. Written out, since most computed steps come by here. */
function computedAt(
  { armed, least, measured, seen, stopped, trigger }: UnitProgress,
  step: number,
): UnitProgress {
  return { trigger, computed: step, measured, armed, least, stopped, seen };
}

/** What is known after a comparison with the step that was measured before. */
function comparedUnit(
  progress: UnitProgress,
  step: number,
  value: number,
  options: BwcacheOptions,
): UnitProgress {
  const { threshold } = options;
  const { trigger, least } = progress;
  const perStep = value / Math.max(1, step - progress.measured);
  const ends = trigger === null ? undefined : stopSignal(progress, { value, perStep }, options);
  const below = value < threshold;
  return {
    trigger: trigger ?? (below ? step : null),
    computed: step,
    measured: step,
    armed: !ends && (below || (trigger !== null && !rearms(options))),
    least: Math.min(perStep, least ?? perStep),
    stopped: ends !== undefined,
    seen: ends ?? { kind: below ? 'below-threshold' : 'above-threshold', value, threshold },
  };
}

/** The reason to end reuse for good, if there is one. */
function stopSignal(
  { least }: UnitProgress,
  { value, perStep }: { readonly value: number; readonly perStep: number },
  { stop, threshold }: BwcacheOptions,
): Reason | undefined {
  if (stop === 'threshold' && !(value < threshold)) return { kind: 'above-threshold', value, threshold };
  if (typeof stop !== 'number' || least === null || perStep <= stop * least) return undefined;
  return { kind: 'limit', of: 'stopped: change per step', value: perStep, limit: stop * least };
}
