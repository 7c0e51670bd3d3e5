import type { WordTokenizer } from '@refrain/diffusion';
import type { BackendState, ModelOffer } from './messages.ts';
import type { Settings } from './settings/settings.ts';

/** Everything that the controls show. */
export interface State {
  readonly settings: Settings;
  readonly backends: readonly BackendState[];
  /** Said when another backend than the wished one is used. */
  readonly substitution?: string;
  /** Of the backend that is open; undefined before one is. */
  readonly offer?: ModelOffer;
  readonly tokenizer?: WordTokenizer;
  readonly running: boolean;
}

/** Part of the page that follows the state. */
export interface Control {
  show(state: State): void;
}

/** Changes some settings. */
export type Change = (settings: Partial<Settings>) => void;
