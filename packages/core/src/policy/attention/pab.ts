import { autoOption } from '../auto-option.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, numberOption, numbersOption } from '../options.ts';
import { otherModel } from '../published.ts';
import { SELF_ATTENTION } from './attention-kinds.ts';
import { windowMisfits } from './pab-fit.ts';
import { pabModelNames, pabModels, type PabModelName } from './pab-models.ts';
import { decide, initialState, observe, type PabState } from './pab-rule.ts';
import { pabSettings } from './pab-settings.ts';

/**
 * Options of {@link pab}. What is `auto` is taken from the model's configuration; where none is named, it is that of
 * Open-Sora 1.2 without its MLPs. A range of 1 never reuses.
 */
export interface PabOptions {
  /** A published configuration. */
  readonly model: PabModelName | 'none';
  /** Spatial (or joint) self-attention is computed at every n-th step inside the window. */
  readonly spatial: number | 'auto';
  /** Temporal attention is computed at every n-th step inside the window. */
  readonly temporal: number | 'auto';
  /** Cross-attention is computed at every n-th step inside the window. */
  readonly cross: number | 'auto';
  /** Reuse only at timesteps above this, in the sampler's unit (0 … 1000 in the source). */
  readonly low: number | 'auto';
  /** Reuse only at timesteps below this. */
  readonly high: number | 'auto';
  /** Whose rule: VideoSys' compares whole timesteps with the window, diffusers' the timesteps as they are. */
  readonly variant: 'videosys' | 'diffusers';
  /** Whole timesteps whose MLP outputs are kept and broadcast to the steps after them. An empty list: none. */
  readonly mlpTimesteps: readonly number[] | 'auto';
  /** Blocks whose MLPs are broadcast, counted within their family. An empty list: all. */
  readonly mlpBlocks: readonly number[] | 'auto';
  /** For how many steps an MLP output is broadcast. */
  readonly mlpSkip: number | 'auto';
}

/**
 * Pyramid Attention Broadcast (NUS-HPC-AI-Lab/VideoSys, commit 4cce477; arXiv 2408.12588): attention outputs change
 * slowly in the middle of a generation, cross-attention slowest. Each kind of attention is computed at every n-th step
 * and broadcast to the steps between, inside a window of timesteps; MLP outputs are broadcast from listed timesteps.
 *
 *     reuse(s) ⇔ s mod range ≠ 0  and  low < ⌊t_s⌋ < high
 *
 * `variant: 'diffusers'` (huggingface/diffusers, commit 58eb52c0) leaves out ⌊ ⌋. Its hooks share counter and cache of a
 * module between the guidance branches, which is a fault when they are separate calls; here each branch has its own.
 *
 * The source caches outputs with their gate applied; here the value before the gate is cached, so that the current gate
 * applies. Decisions are the same. The source counts calls in a global object, which an interrupted run leaves out of
 * phase; here the step is an argument.
 */
export const pab: PolicyFactory<PabOptions, PabState> = definePolicy<PabOptions, PabState>({
  name: 'pab',
  about: 'broadcasts attention outputs over a few steps inside a timestep window (PAB)',
  options: {
    model: choiceOption('published configuration', ['none', ...pabModelNames], 'none'),
    spatial: autoOption(
      integerOption('compute spatial attention at every n-th step; auto without a model: 2', 2, { min: 1 }),
    ),
    temporal: autoOption(
      integerOption('compute temporal attention at every n-th step; auto without a model: 4', 4, { min: 1 }),
    ),
    cross: autoOption(
      integerOption('compute cross-attention at every n-th step; auto without a model: 6', 6, { min: 1 }),
    ),
    low: autoOption(numberOption('reuse only above this timestep; auto without a model: 450', 450)),
    high: autoOption(numberOption('reuse only below this timestep; auto without a model: 930', 930)),
    variant: choiceOption('whose rule', ['videosys', 'diffusers'], 'videosys'),
    mlpTimesteps: autoOption(
      numbersOption('whole timesteps whose MLP outputs are broadcast; auto without a model: none', []),
    ),
    mlpBlocks: autoOption(numbersOption('blocks whose MLPs are broadcast; none stands for all', [])),
    mlpSkip: autoOption(
      integerOption('steps for which an MLP output is broadcast; auto without a model: 2', 2, { min: 1 }),
    ),
  },
  check: (options) => {
    const { low, high } = pabSettings(options);
    return low < high ? [] : [{ option: 'low', message: `expected low < high, got ${low} and ${high}` }];
  },
  rule: (options) => {
    const settings = pabSettings(options);
    const { spatial, temporal, cross, mlpTimesteps, mlpSkip } = settings;
    const mlp = mlpTimesteps.length > 0;
    return {
      granularity: 'attention',
      needs: { inner: [...SELF_ATTENTION, 'cross-attention', ...(mlp ? ['mlp' as const] : [])], history: 1 },
      limits: () => ({
        warmUp: 1,
        tail: 0,
        maxAge: Math.max(spatial - 1, temporal - 1, cross - 1, mlp ? mlpSkip : 0),
      }),
      fit: (run) => [
        ...otherModel(options.model, options.model === 'none' ? undefined : pabModels[options.model], run),
        ...windowMisfits(run, settings),
      ],
      init: (run) => initialState(run, settings),
      next: (state, at) => decide(state, at, settings),
      observe,
    };
  },
});
