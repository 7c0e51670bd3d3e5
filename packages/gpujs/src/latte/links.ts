import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import type { AttentionPattern } from '../kernels/attention.ts';
import { attention } from '../operations/attention.ts';
import { combine, gatedSum } from '../operations/elementwise.ts';
import { linear, linearHeads } from '../operations/linear.ts';
import { modulatedNorm } from '../operations/norm.ts';
import type { StreamLink } from '../stream/model.ts';
import type { LatteContext } from './context.ts';
import type { LatteLayout } from './layout.ts';
import type { AttentionWeights, BlockWeights } from './weights.ts';

/** Rows of a block's table: shift, scale and gate of its attention, then of its MLP. */
const attentionRows = { shift: 0, scale: 1, gate: 2 } as const;
const mlpRows = { shift: 3, scale: 4, gate: 5 } as const;

/** Added to the variance in every norm. */
export const normEpsilon = 1e-6;

type Link = StreamLink<LatteContext>;
type Rows = typeof attentionRows | typeof mlpRows;

/**
 * The modules of a spatial block: attention within each frame, attention to the caption, MLP.
 *
 * @param block - its weights
 * @param layout - of the model
 */
export function spatialLinks(block: BlockWeights, { heads, patches }: LatteLayout): readonly Link[] {
  const { attention: weights, cross } = block;
  const frame: AttentionPattern = { over: 'group', size: patches };
  return [
    gated(block, attentionRows, (x) => attend(weights, heads, x, x, frame)),
    ...(cross ? [crossLink(cross, heads)] : []),
    mlpLink(block),
  ];
}

/**
 * The modules of a temporal block: attention of each patch along the frames, MLP.
 *
 * @param block - its weights
 * @param layout - of the model
 * @param positions - added in front of it, in the first temporal block
 */
export function temporalLinks(
  block: BlockWeights,
  { heads, frames, patches }: LatteLayout,
  positions?: DeviceTensor,
): readonly Link[] {
  const alongFrames: AttentionPattern = { over: 'column', size: frames, stride: patches };
  const link = gated(block, attentionRows, (x) => attend(block.attention, heads, x, x, alongFrames));
  return [positions ? { ...link, prepare: (x) => added(x, positions) } : link, mlpLink(block)];
}

function crossLink(weights: AttentionWeights, heads: number): Link {
  return {
    compute: (x, { caption }) => attend(weights, heads, x, caption, { over: 'all' }),
    apply: (x, value) => added(x, value),
  };
}

function mlpLink(block: BlockWeights): Link {
  const { inner, out } = block.mlp;
  return gated(block, mlpRows, (x) =>
    scratch(async (own) => linear(own(await linear(x, { ...inner, activation: 'gelu' })), out)),
  );
}

/** A module that reads the normed and modulated stream, and enters it through a gate. */
function gated({ table }: BlockWeights, rows: Rows, compute: Link['compute']): Link {
  const { shift, scale, gate } = rows;
  return {
    compute,
    modulated: async (x, context) =>
      modulatedNorm(x, { table: await context.tableOf(table), shift, scale, epsilon: normEpsilon }),
    apply: async (x, value, context) =>
      gatedSum(x, value, { table: await context.tableOf(table), row: gate }),
  };
}

function attend(
  { queries, keys, values, out }: AttentionWeights,
  heads: number,
  x: DeviceTensor,
  context: DeviceTensor,
  pattern: AttentionPattern,
): Promise<DeviceTensor> {
  return scratch(async (own) => {
    const inputs = {
      queries: own(await linear(x, queries)),
      keys: own(await linear(context, keys)),
      values: own(await linear(context, values)),
    };
    return linearHeads(own(await attention(inputs, heads, pattern)), out, x.shape);
  });
}

function added(x: DeviceTensor, value: DeviceTensor): Promise<DeviceTensor> {
  return combine([
    { weight: 1, feature: x },
    { weight: 1, feature: value },
  ]);
}
