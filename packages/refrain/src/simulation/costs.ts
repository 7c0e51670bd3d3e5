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
export const publishedNames: readonly PublishedModelName[] = Object.keys(ditModels).filter(
  (name): name is PublishedModelName => Object.hasOwn(publishedLatencies, name),
);

/** What `--costs` takes for recordings. */
export const costNames: readonly string[] = ['recorded', ...publishedNames];

/**
 * Costs of a published model, spread over the sites of another one, so that a plain run takes the published latency.
 *
 * @param name - of a published model; any other gives undefined
 * @param length - positions of the stream
 * @param passes - of a step: the guidance branches
 */
export function costsLike(name: string, length: number, passes: number): CostModel | undefined {
  const model = publishedNames.find((known) => known === name);
  return model && spreadCosts(publishedCosts(model, { passesPerStep: passes }), length);
}

/**
 * What the parts of a recorded model cost: as measured when it was recorded, or as published for another model.
 *
 * @param name - one of {@link costNames}
 * @returns undefined where nothing was measured
 */
export function costsFor(
  name: string,
  { stream, lanes, costs }: Pick<Recording, 'stream' | 'lanes' | 'costs'>,
): CostModel | undefined {
  return name === 'recorded' ? costs : costsLike(name, stream.length, lanes.length);
}
