import { bwcache, optionsOf, type BwcacheOptions, type BwcacheState } from '@refrain/core';
import type { Arithmetic, Double, Truth } from '../arithmetic.ts';
import type { SumsInGraph } from '../feature-writer.ts';
import { ratioOf } from '../ratio.ts';
import { notCompilable, type Look, type StepWriter } from '../step-writer.ts';
import type { Watched } from '../stream.ts';
import type { RuleEmitter } from './rule.ts';

/** BWCache, both forms: a schedule that the mean change over the blocks triggers, measured while they are computed. */
export const emitBwcache: RuleEmitter = (policy, step) => {
  const options = optionsOf(bwcache, policy.id);
  const { plan } = policy.init(step.run) as BwcacheState;
  const [unit] = plan.units;
  if (!options || !unit || options.select === 'blocks')
    throw notCompilable('with select=blocks each block decides for itself: use select=stack');
  requireTimesteps(step, options);
  const memory = readMemory(step);
  const stage = stageOf(step, memory, plan, options);
  const watch = unit.indicators.map(({ tap, stride }): Watched => ({
    name: `${tap.of}${tap.at}`,
    tap,
    stride,
  }));
  const passed = step.gate({ from: unit.from, until: unit.until, form: unit.form }, stage.reuse, watch);
  const { math } = step;
  const { computed, refused } = passed;
  const looks = watch.map((watched, index): Look => ({ watched, current: passed.watched[index] ?? [] }));
  const measures = math.and(computed, math.not(refused), stage.serves, watches(math, memory, options));
  const mean = meanOf(math, step.compare(looks, measures));
  step.remember(looks, measures);
  step.report(mean.value);
  writeMemory(step, memory, { mean, computed, refused, measures }, options);
};

function requireTimesteps({ run }: StepWriter, { low, high }: BwcacheOptions): void {
  if ((low !== 'none' || high !== 'none') && run.timesteps.length === 0)
    throw notCompilable(
      'its options low and high are timesteps: say which a generation has (timesteps, --timesteps)',
    );
}

/** What BWCache remembers, as numbers. Steps are counted from 1, so that 0 is none. */
interface Memory {
  readonly trigger: Double;
  readonly computed: Double;
  readonly measured: Double;
  readonly armed: Double;
  readonly compared: Double;
  readonly least: Double;
  readonly stopped: Double;
}

function readMemory(step: StepWriter): Memory {
  return {
    trigger: step.number(
      'trigger',
      'the step that fell below the threshold first, counted from 1; 0 for none',
    ),
    computed: step.number('computed', 'the last computed step, counted from 1; 0 for none'),
    measured: step.number('measured', 'the last measured step, counted from 1; 0 for none'),
    armed: step.number('armed', '1 if the last computed step allows reuse'),
    compared: step.number('compared', '1 once two steps were compared'),
    least: step.number('least', 'the smallest change per step so far'),
    stopped: step.number('stopped', '1 once reuse has ended for good'),
  };
}

interface Stage {
  readonly reuse: Truth;
  /** Whether what is measured now may serve a later step. */
  readonly serves: Truth;
}

function stageOf(
  step: StepWriter,
  memory: Memory,
  plan: BwcacheState['plan'],
  options: BwcacheOptions,
): Stage {
  const { math } = step;
  const { interval, window } = plan;
  const triggered = isSet(math, memory.trigger);
  const next = math.add(step.step, math.number(1));
  const k = math.choose(triggered, math.subtract(memory.trigger, math.number(1)), step.step);
  const tail =
    options.tail < 1
      ? math.floor(math.multiply(k, math.number(options.tail)))
      : math.number(Math.floor(options.tail));
  const tailFrom = math.subtract(math.number(step.steps), tail);
  const before = math.or(math.not(triggered), math.below(step.step, tailFrom));
  const serves = math.and(
    before,
    math.not(isSet(math, memory.stopped)),
    math.below(next, tailFrom),
    math.below(next, math.number(window.until)),
  );
  const inside = step.when((at) => window.inside === null || window.inside[at] === true);
  const allowed = math.or(inside, math.not(isSet(math, memory.computed)));
  const age = math.subtract(next, memory.computed);
  const young = math.atMost(age, math.number(interval));
  return { reuse: math.and(before, allowed, triggered, isSet(math, memory.armed), young), serves };
}

/** Whether a computed step is measured: the released code stops looking once it has triggered. */
function watches(math: Arithmetic, { trigger, armed, stopped }: Memory, options: BwcacheOptions): Truth {
  const looking = math.not(isSet(math, stopped));
  if (rearms(options) || options.stop !== 'never') return looking;
  return math.and(looking, math.or(math.not(isSet(math, trigger)), math.not(isSet(math, armed))));
}

function rearms({ form, rearm }: BwcacheOptions): boolean {
  return form === 'paper' || rearm === 'yes';
}

interface Mean {
  readonly usable: Truth;
  readonly value: Double;
}

/** The mean over the indicators in float64, in their order. */
function meanOf(math: Arithmetic, all: readonly SumsInGraph[]): Mean {
  const ratios = all.map((sums) => ratioOf(math, sums));
  const sum = ratios.map(({ value }) => value).reduce((a, b) => math.add(a, b), math.number(0));
  return {
    usable: math.and(...ratios.map(({ usable }) => usable)),
    value: math.divide(sum, math.number(all.length)),
  };
}

interface Outcome {
  readonly mean: Mean;
  readonly computed: Truth;
  readonly refused: Truth;
  readonly measures: Truth;
}

function writeMemory(step: StepWriter, memory: Memory, outcome: Outcome, options: BwcacheOptions): void {
  const { math } = step;
  const { mean, computed, refused, measures } = outcome;
  const { threshold, stop } = options;
  const now = math.add(step.step, math.number(1));
  const triggered = isSet(math, memory.trigger);
  const known = math.and(measures, mean.usable);
  const below = math.and(known, math.below(mean.value, math.number(threshold)));
  const perStep = math.divide(mean.value, math.greatest(math.number(1), math.subtract(now, memory.measured)));
  const ends = math.and(
    known,
    triggered,
    stopSignal(math, { value: mean.value, perStep, memory }, stop, threshold),
  );
  const stays = rearms(options) ? math.truth(false) : math.and(known, triggered);
  const armedNow = math.and(math.not(ends), math.or(below, stays));
  const disarmed = rearms(options) ? refused : math.truth(false);
  const armedElse = math.and(isSet(math, memory.armed), math.not(disarmed));
  const smaller = math.choose(isSet(math, memory.compared), math.least(perStep, memory.least), perStep);
  step.next('trigger', math.choose(math.and(below, math.not(triggered)), now, memory.trigger));
  step.next('computed', math.choose(computed, now, memory.computed));
  step.next('measured', math.choose(measures, now, memory.measured));
  step.next('armed', math.choose(measures, math.toNumber(armedNow), math.toNumber(armedElse)));
  step.next('compared', math.choose(known, math.number(1), memory.compared));
  step.next('least', math.choose(known, smaller, memory.least));
  step.next('stopped', math.choose(ends, math.number(1), memory.stopped));
}

/** Whether reuse ends for good. */
function stopSignal(
  math: Arithmetic,
  { value, perStep, memory }: { readonly value: Double; readonly perStep: Double; readonly memory: Memory },
  stop: BwcacheOptions['stop'],
  threshold: number,
): Truth {
  if (stop === 'threshold') return math.not(math.below(value, math.number(threshold)));
  if (stop === 'never') return math.truth(false);
  const limit = math.multiply(math.number(stop), memory.least);
  return math.and(isSet(math, memory.compared), math.not(math.atMost(perStep, limit)));
}

function isSet(math: Arithmetic, value: Double): Truth {
  return math.not(math.equal(value, math.number(0)));
}
