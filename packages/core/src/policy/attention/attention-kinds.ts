import type { ModuleKind } from '../../pass/site.ts';

/** Kinds of attention of the stream to itself: over one axis of the tokens, or over all. */
export const SELF_ATTENTION: readonly ModuleKind[] = [
  'spatial-attention',
  'temporal-attention',
  'self-attention',
];
