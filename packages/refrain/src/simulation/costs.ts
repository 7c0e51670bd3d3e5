import {
  ditModels,
  publishedCosts,
  publishedLatencies,
  spreadCosts,
  type CostModel,
  type PublishedModelName,
  type Recording,
} from '@refrain/sim';

/** Models whose published latency says what computing costs. */
const published = Object.keys(ditModels).filter((name): name is PublishedModelName =>
  Object.hasOwn(publishedLatencies, name),
);

/** What `--costs` takes. */
export const costNames: readonly string[] = ['recorded', ...published];

/**
 * What the parts of a recorded model cost: as measured when it was recorded, or as published for another model, spread over
 * the sites of this one.
 *
 * @param name - one of {@link costNames}
 * @returns undefined where nothing was measured
 */
export function costsFor(
  name: string,
  { stream, lanes, costs }: Pick<Recording, 'stream' | 'lanes' | 'costs'>,
): CostModel | undefined {
  const model = published.find((known) => known === name);
  if (model === undefined) return costs;
  return spreadCosts(publishedCosts(model, { passesPerStep: lanes.length }), stream.length);
}
