import { SimError } from '../errors.ts';
import { readDesign, type Design, type ParameterValue, type PolicyFamily } from './design.ts';
import { memberOf, withoutDuplicates, type FamilyMember } from './member.ts';
import { isRange, spreadOver } from './range.ts';

/** How many values each range takes: the same for all, or by the names of the parameters. */
export type GridCounts = number | Readonly<Record<string, number>>;

/** More policies than this are a mistake in the counts: they grow with their product. */
const MOST_POLICIES = 1_000_000;

/**
 * All combinations of values of a design: of each range evenly spread ones from bound to bound, of each list all.
 *
 * @param design - families of policies
 * @param counts - how many values of each range
 * @returns canonical policy ids, each once, family after family
 * @throws SimError `OPTION_INVALID` when the design or a count is wrong, with template and values when they make no policy
 *
 * @example
 * ```ts
 * const policies = gridDesign(defaultDesign(recordings), 12);
 * ```
 */
export function gridDesign(design: Design, counts: GridCounts): readonly string[] {
  return gridMembers(design, counts).map(({ policy }) => policy);
}

/** As {@link gridDesign}, with the family and the values of each policy. */
function gridMembers(design: Design, counts: GridCounts): readonly FamilyMember[] {
  const { families } = readDesign(design);
  const axes = families.map((family) => axesOf(family, counts));
  const total = axes.reduce(
    (sum, each) => sum + each.reduce((size, { values }) => size * values.length, 1),
    0,
  );
  if (total > MOST_POLICIES)
    throw new SimError(
      'OPTION_INVALID',
      `[sim] gridDesign: expected at most ${MOST_POLICIES} policies, got ${total}: give fewer values of each range, or use ` +
        'randomDesign',
    );
  return withoutDuplicates(
    families.flatMap((family, index) =>
      combinations(axes[index] ?? []).map((values) => memberOf(family, values)),
    ),
  );
}

interface Axis {
  readonly name: string;
  readonly values: readonly ParameterValue[];
}

function axesOf({ parameters, template }: PolicyFamily, counts: GridCounts): readonly Axis[] {
  return Object.entries(parameters).map(([name, parameter]) => {
    const count = typeof counts === 'number' ? counts : counts[name];
    if (isRange(parameter) && !(Number.isInteger(count) && (count ?? 0) >= 1))
      throw new SimError(
        'OPTION_INVALID',
        `[sim] gridDesign: expected a whole number of values, at least 1, for {${name}} of ${template}, got ${String(count)}`,
      );
    return { name, values: spreadOver(parameter, count ?? 1) };
  });
}

function combinations(axes: readonly Axis[]): readonly FamilyMember['values'][] {
  return axes.reduce<readonly FamilyMember['values'][]>(
    (all, { name, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
