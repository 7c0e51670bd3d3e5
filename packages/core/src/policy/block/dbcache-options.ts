import { choiceOption, integerOption, numberOption, type OptionSpecs } from '../options.ts';
import { cacheDitOptions, type CacheDitOptions } from './cache-dit-options.ts';

/** Options of {@link dbcache}, with cache-dit's names in brackets. */
export interface DbcacheOptions extends CacheDitOptions {
  /** Nothing is reused any more once the indicators that were looked at add up to this; 0: no limit (`max_accumulated_residual_diff_threshold`). */
  readonly maxAccumulated: number;
  /** What is compared: what the front blocks add to the stream, or the stream after them (`l1_hidden_states_diff_threshold`). */
  readonly indicator: 'residual' | 'hidden-states';
  /** Whether each guidance branch looks for itself, or follows the first one of its step (`cfg_diff_compute_separate`). */
  readonly cfg: 'separate' | 'shared';
  /** After how many steps everything is forgotten; 0: never (`force_refresh_step_hint`, which counts calls). */
  readonly refresh: number;
  /** Once, or after so many steps again and again (`force_refresh_step_policy`). */
  readonly refreshPolicy: 'once' | 'repeat';
  /** Steps of one generation, where several follow one another in a run; 0: the run is one (`num_inference_steps`). */
  readonly generation: number;
  /** `cache-dit` notices one step late that a generation is over, as the source does in its transformer-only mode. */
  readonly variant: 'clean' | 'cache-dit';
}

/** How they are read; defaults are cache-dit's. */
export const dbcacheOptions: OptionSpecs<DbcacheOptions> = {
  ...cacheDitOptions,
  maxAccumulated: numberOption('reuse nothing once the changes add up to this, 0 for no limit', 0, {
    min: 0,
  }),
  indicator: choiceOption('what is compared', ['residual', 'hidden-states'], 'residual'),
  cfg: choiceOption('whether guidance branches share one change', ['separate', 'shared'], 'separate'),
  refresh: integerOption('forget everything after so many steps, 0 for never', 0, { min: 0 }),
  refreshPolicy: choiceOption('forget once, or again and again', ['once', 'repeat'], 'once'),
  generation: integerOption('steps of one generation in a run of several, 0 for one', 0, { min: 0 }),
  variant: choiceOption('when a generation counts as over', ['clean', 'cache-dit'], 'clean'),
};
