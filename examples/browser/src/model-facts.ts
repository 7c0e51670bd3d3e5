import { createWordTokenizer } from '@refrain/diffusion';
import { loadTokenizer } from '@refrain/latte-mini';
import type { State } from './state.ts';

/** Loads the vocabulary, so that the page can tell a wrong word while it is typed. Without it the worker still tells later. */
export async function loadModelFacts(): Promise<Partial<State>> {
  try {
    return { tokenizer: createWordTokenizer(await loadTokenizer({ verify: globalThis.isSecureContext })) };
  } catch {
    return {};
  }
}
