import { streamOf, type Stream } from '@refrain/core';
import type { ModelCut } from './cut-model.ts';

/**
 * The sites of a model in order, as policies see them.
 *
 * @param cut - the model
 */
export function streamOfCut(cut: Pick<ModelCut, 'blocks' | 'inner' | 'conditioning'>): Stream {
  return streamOf([...cut.blocks, ...cut.inner], [...cut.conditioning.keys()]);
}
