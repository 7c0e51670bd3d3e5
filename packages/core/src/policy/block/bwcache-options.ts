import type { OptionIssue } from '../../errors.ts';
import {
  choiceOption,
  integerOption,
  numberOption,
  stepCountOption,
  type OptionSpec,
  type OptionSpecs,
  type StepCount,
} from '../options.ts';

/**
 * When BWCache stops for the rest of a run:
 * - `never`: the source;
 * - `threshold`: a comparison after the trigger is not below δ;
 * - a number from 1 on: the change per step rises above this many times its minimum.
 */
export type StopRule = 'never' | 'threshold' | number;

/** Options of {@link bwcache}. The last five are not in the source, and off unless given. */
export interface BwcacheOptions {
  /** δ: reuse may begin once the mean relative L1 over the blocks is below this. The paper's default is 0.15. */
  readonly threshold: number;
  /** R: how many steps in a row are reused before one is computed: a count, or a share of the steps. */
  readonly interval: StepCount;
  /** Whose rule: the released code's (one trigger, frozen schedule, residual) or the paper's text. */
  readonly form: 'released' | 'paper';
  /** Steps computed at the end: below 1 the share of the trigger step k (0.5 is ⌊k/2⌋), from 1 on a count. */
  readonly tail: number;
  /** How many blocks enter the mean: a count, or a share, spread evenly. The paper uses half on the largest models. */
  readonly blocks: StepCount;
  /** Sketch of the indicator: measure every n-th element of each block's feature. 1 measures all. */
  readonly stride: number;
  /** What is reused together: all blocks by their mean, or each block by its own change. */
  readonly select: 'stack' | 'blocks';
  /** `yes`: each series of reused steps needs a comparison below δ of its own. The paper's form has it anyway. */
  readonly rearm: 'no' | 'yes';
  /** What ends reuse for the rest of the run, on the right arm of the U. */
  readonly stop: StopRule;
  /** Reuse only at timesteps above this, in the sampler's unit. */
  readonly low: number | 'none';
  /** Reuse only at timesteps below this. */
  readonly high: number | 'none';
}

/** How the options are read, checked and printed. */
export const bwcacheOptions: OptionSpecs<BwcacheOptions> = {
  threshold: numberOption('mean relative L1 below which reuse begins', 0.15, { min: 0, quoted: true }),
  interval: stepCountOption('steps reused in a row', '10%', { quoted: true }),
  form: choiceOption('rule of the released code, or of the paper', ['released', 'paper'], 'released'),
  tail: numberOption(
    'steps computed at the end: below 1 a share of the trigger step (0.5: half as many), from 1 on a count',
    0.5,
    { min: 0 },
  ),
  blocks: stepCountOption('blocks that enter the mean', '100%', { of: 'blocks' }),
  stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  select: choiceOption('reuse all blocks together, or each by its own change', ['stack', 'blocks'], 'stack'),
  rearm: choiceOption('compare anew before each series of reused steps', ['no', 'yes'], 'no'),
  stop: stopOption(
    'end reuse once the change rises again: above the threshold, or above n times its minimum',
  ),
  low: boundOption('reuse only above this timestep'),
  high: boundOption('reuse only below this timestep'),
};

/** Options that do not go together. */
export function bwcacheIssues({ blocks, high, low, select }: BwcacheOptions): readonly OptionIssue[] {
  const issues: OptionIssue[] = [];
  if (low !== 'none' && high !== 'none' && low >= high)
    issues.push({ option: 'low', message: `expected low < high, got ${low} and ${high}` });
  if (select === 'blocks' && blocks !== '100%')
    issues.push({
      option: 'blocks',
      message: `with select=blocks every block is measured: expected 100%, got ${blocks}`,
    });
  return issues;
}

function stopOption(about: string): OptionSpec<StopRule> {
  const words = choiceOption(about, ['never', 'threshold'], 'never');
  const factor = numberOption(about, 1, { min: 1 });
  return {
    about,
    fallback: 'never',
    expected: 'never, threshold, or a number of at least 1',
    read: (text) => words.read(text) ?? factor.read(text),
    print: String,
    accepts: (value) => words.accepts(value) || factor.accepts(value),
  };
}

function boundOption(about: string): OptionSpec<number | 'none'> {
  const none = choiceOption(about, ['none'], 'none');
  const number = numberOption(about, 0);
  return {
    about,
    fallback: 'none',
    expected: `none, or ${number.expected}`,
    read: (text) => none.read(text) ?? number.read(text),
    print: String,
    accepts: (value) => none.accepts(value) || number.accepts(value),
  };
}
