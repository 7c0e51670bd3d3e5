import type { LatteMiniConfig, LatteMiniTokenizer } from '@refrain/latte-mini';
import type { BackendId, BackendState } from '../../messages.ts';
import type { OpenModel } from '../open-model.ts';
import type { Findings } from './probe.ts';

/** What every backend needs to know of the model, whatever it computes with. */
export interface ModelFacts {
  readonly config: LatteMiniConfig;
  readonly tokenizer: LatteMiniTokenizer;
}

/** A way to run latte-mini in this browser. */
export interface Backend extends Omit<BackendState, 'reason'> {
  readonly id: BackendId;
  /** Whether it works here. Cheap: loads nothing. */
  readonly probe: () => Promise<Findings>;
  /** Loads the weights and makes them ready to run. */
  readonly open: (facts: ModelFacts) => Promise<OpenModel>;
}
