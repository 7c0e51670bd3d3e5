import type { FeaturePair, RunnerTap, TapRequest } from '@refrain/core';
import type { FeatureShelf } from './feature-shelf.ts';
import { inPass, timed, type Workshop } from './workshop.ts';

/** Seconds of what a policy does besides running blocks. */
export interface FeatureSeconds {
  /** Putting a residual of the whole stack into the stream. */
  readonly reuse: number;
  /** Making that residual, and looking whether it is finite where the runner offers it. */
  readonly keep: number;
  /** The whole stack in one span that hands out every tap. */
  readonly tapped: number;
  /** Comparing all taps with their references. */
  readonly compare: number;
  /** The whole stack in one span that hands out a sketch of every tap; as `tapped` where the runner cannot. */
  readonly sketchTapped: number;
  /** Sketching all taps, unless the runner has done so, and comparing the sketches. */
  readonly sketchCompare: number;
}

/** Times arithmetic on features, on those that a pass gives. */
export async function timeFeatures<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<FeatureSeconds> {
  return { ...(await timeResidual(workshop)), ...(await timeWhole(workshop)) };
}

function timeResidual<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<Pick<FeatureSeconds, 'reuse' | 'keep'>> {
  const { runner, stream } = workshop;
  const { ops } = runner;
  return inPass(workshop, async ({ pass, shelf }) => {
    const request = {
      from: 0,
      until: stream.length,
      x: pass.x,
      values: new Map<number, Feature>(),
      taps: [],
    };
    const after = shelf.add((await pass.span(request)).x);
    // A stream that changes its shape on the way has no residual: then the cost is that of features as at its end.
    const before = ops.shape(pass.x) === ops.shape(after) ? pass.x : after;
    const keep = await timed(workshop, async () => {
      const residual = shelf.add(await ops.subtract(after, before));
      await ops.isFinite?.(residual);
      return residual;
    });
    const terms = [
      { weight: 1, feature: before },
      { weight: 1, feature: keep.value },
    ];
    const reuse = await timed(workshop, () => ops.combine(terms));
    shelf.add(reuse.value);
    return { reuse: reuse.seconds, keep: keep.seconds };
  });
}

/** What indicators look at most: the modulated input of each block, or its output where that is not offered. */
function usualTaps({ stream }: Pick<Workshop<never, object, unknown>, 'stream'>): readonly RunnerTap[] {
  return stream.blocks.map(({ modulated, from, until }) =>
    modulated ? { of: 'modulated', at: from } : { of: 'stream', at: until },
  );
}

function timeWhole<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<Omit<FeatureSeconds, 'reuse' | 'keep'>> {
  const { ops, sketches } = workshop.runner;
  const taps = usualTaps(workshop).map((tap) => ({ tap }));
  return withTaps(workshop, taps, async (features, tapped, shelf) => {
    const compare = await timeComparison(workshop, shelf, features);
    if (sketches) return { tapped, compare, ...(await timeRunnerSketches(workshop)) };
    const sketching = await timed(workshop, async () => {
      const made: Feature[] = [];
      for (const feature of features) made.push(shelf.add(await ops.sketch(feature, workshop.stride)));
      return made;
    });
    const sketchCompare = await timeComparison(workshop, shelf, sketching.value);
    return { tapped, compare, sketchTapped: tapped, sketchCompare: sketching.seconds + sketchCompare };
  });
}

/** A runner that takes sketches by itself is asked for them. */
function timeRunnerSketches<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<Pick<FeatureSeconds, 'sketchTapped' | 'sketchCompare'>> {
  const { stride } = workshop;
  const taps = usualTaps(workshop).map((tap) => ({ tap, stride }));
  return withTaps(workshop, taps, async (features, sketchTapped, shelf) => ({
    sketchTapped,
    sketchCompare: await timeComparison(workshop, shelf, features),
  }));
}

function withTaps<Input, Feature extends object, Output, T>(
  workshop: Workshop<Input, Feature, Output>,
  taps: readonly TapRequest[],
  work: (features: readonly Feature[], seconds: number, shelf: FeatureShelf<Feature>) => Promise<T>,
): Promise<T> {
  return inPass(workshop, async ({ pass, shelf }) => {
    const { value, seconds } = await timed(workshop, () =>
      pass.span({
        from: 0,
        until: workshop.stream.length,
        x: pass.x,
        values: new Map<number, Feature>(),
        taps,
      }),
    );
    shelf.add(value.x);
    return work(shelf.addAll(value.taps), seconds, shelf);
  });
}

/** Seconds of comparing features with copies of themselves: other memory, as a reference is. */
async function timeComparison<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
  shelf: FeatureShelf<Feature>,
  features: readonly Feature[],
): Promise<number> {
  const { ops } = workshop.runner;
  const pairs: FeaturePair<Feature>[] = [];
  for (const current of features)
    pairs.push({ current, reference: shelf.add(await ops.combine([{ weight: 1, feature: current }])) });
  const { seconds } = await timed(workshop, () => ops.relativeL1(pairs));
  for (const { reference } of pairs) shelf.drop(reference);
  return seconds;
}
