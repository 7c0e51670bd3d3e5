import { scratch } from '../gpu/scratch.ts';
import { combine } from '../operations/elementwise.ts';
import { linear } from '../operations/linear.ts';
import { modulatedNorm } from '../operations/norm.ts';
import type { StreamModel } from '../stream/model.ts';
import { contextOf, outTableOf, type LatteContext } from './context.ts';
import { requireInput, videoShape, type LatteInput, type LatteTensor } from './input.ts';
import type { LatteLayout } from './layout.ts';
import { normEpsilon, spatialLinks, temporalLinks } from './links.ts';
import { patchify, unpatchify } from './patches.ts';
import { latteSites } from './sites.ts';
import type { LatteWeights } from './weights.ts';

/** A Latte model as a stream: spatial and temporal blocks in turn, module by module. */
export type LatteModel = StreamModel<LatteInput, LatteContext, LatteTensor>;

/** Name under which the timestep embedding can be tapped, as in `@refrain/onnx`. */
const TIMESTEP_EMBEDDING = 'timestep-embedding';

/**
 * Puts a model together.
 *
 * @param name - for reports and errors
 * @param weights - on a device
 * @param layout - sizes
 */
export function latteModel(name: string, weights: LatteWeights, layout: LatteLayout): LatteModel {
  const links = weights.spatial.flatMap((block, pair) => {
    const temporal = weights.temporal[pair];
    const positions = pair === 0 ? weights.framePositions : undefined;
    return [...spatialLinks(block, layout), ...(temporal ? temporalLinks(temporal, layout, positions) : [])];
  });
  return {
    name,
    sites: latteSites(layout.pairs),
    links,
    conditioning: [TIMESTEP_EMBEDDING],
    enter: async (input) => {
      requireInput(input, layout);
      const context = await contextOf(weights, layout, input);
      try {
        return { x: await embed(weights, layout, input), context };
      } catch (thrown) {
        context.release();
        throw thrown;
      }
    },
    conditioningOf: ({ embedding }) => embedding,
    exit: (x, context) =>
      scratch(async (own) => {
        const table = own(await outTableOf(weights, context));
        const normed = own(await modulatedNorm(x, { table, shift: 0, scale: 1, epsilon: normEpsilon }));
        const patches = own(await linear(normed, weights.out));
        return {
          data: unpatchify(await patches.read(), layout),
          dims: videoShape(layout, layout.outputChannels),
        };
      }),
    release: (context) => context.release(),
  };
}

function embed(
  weights: LatteWeights,
  layout: LatteLayout,
  { hidden_states }: LatteInput,
): ReturnType<typeof linear> {
  const { frames, patches, inputChannels, patchSize } = layout;
  const { device } = weights.patchPositions;
  return scratch(async (own) => {
    const cut = own(
      await device.upload(patchify(hidden_states.data, layout), [
        frames,
        patches,
        inputChannels * patchSize ** 2,
      ]),
    );
    const projected = own(await linear(cut, weights.patches));
    return combine([
      { weight: 1, feature: projected },
      { weight: 1, feature: weights.patchPositions },
    ]);
  });
}
