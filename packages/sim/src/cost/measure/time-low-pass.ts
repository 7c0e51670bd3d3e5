import { FeatureShelf } from './feature-shelf.ts';
import { timed, type Workshop } from './workshop.ts';

/** The share of the shorter side whose frequencies are kept: FasterCache's. */
const RADIUS = 0.2;

/** Seconds of taking the low frequencies of one latent; undefined where the runner cannot, or has no latent. */
export async function timeLowPass<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<number | undefined> {
  const { ops, model } = workshop.runner;
  if (!ops.lowPass || !model) return undefined;
  const shelf = new FeatureShelf<Feature>(ops);
  try {
    const latent = shelf.add(await model.sample(workshop.input));
    const low = await timed(workshop, () => ops.lowPass?.(latent, RADIUS));
    if (low.value !== undefined) shelf.add(low.value);
    return low.seconds;
  } finally {
    shelf.clear();
  }
}
