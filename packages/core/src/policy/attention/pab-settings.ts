import type { PabOptions } from './pab.ts';
import { pabModels, type PabModel } from './pab-models.ts';

/** The options of PAB with everything that was left to the model filled in. */
export type PabSettings = Omit<PabModel, 'architecture' | 'source'> & Pick<PabOptions, 'variant'>;

/** Where no model is named: the attention ranges and the window of Open-Sora 1.2, and no MLP is broadcast. */
const GENERAL = { ...pabModels['open-sora-1.2'], mlpTimesteps: [], mlpBlocks: [] };

/** Fills in what is `auto`. */
export function pabSettings(options: PabOptions): PabSettings {
  const { model, variant } = options;
  const published = model === 'none' ? GENERAL : pabModels[model];
  const pick = <Value>(given: Value | 'auto', known: Value): Value => (given === 'auto' ? known : given);
  return {
    variant,
    spatial: pick(options.spatial, published.spatial),
    temporal: pick(options.temporal, published.temporal),
    cross: pick(options.cross, published.cross),
    low: pick(options.low, published.low),
    high: pick(options.high, published.high),
    mlpTimesteps: pick(options.mlpTimesteps, published.mlpTimesteps),
    mlpBlocks: pick(options.mlpBlocks, published.mlpBlocks),
    mlpSkip: pick(options.mlpSkip, published.mlpSkip),
  };
}
