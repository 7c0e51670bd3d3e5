import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { SimError } from '../errors.ts';
import { readDesign, type Design, type PolicyFamily } from './design.ts';
import { memberOf, type FamilyMember } from './member.ts';
import { valueAt } from './range.ts';

/** A family that gives so many policies in turn which are there already has no others, or hardly any. */
const MOST_IN_VAIN = 64;

/**
 * Policies of a design whose values fill the space of parameters evenly and without a grid: in turn one of each family. A
 * longer design of the same seed begins with a shorter one.
 *
 * @param design - families of policies
 * @param count - how many policies; fewer come where the families have no more
 * @param seed - an integer; another one shifts all values
 * @returns canonical policy ids, each once
 * @throws SimError `OPTION_INVALID` when the design, the count or the seed is wrong, with template and values when they make
 * no policy
 *
 * @remarks Values are the additive recurrence R_d of Martin Roberts, "The Unreasonable Effectiveness of Quasirandom
 * Sequences" (2018), frac(shift_j + n · φ_d^{−j}) with φ_d^{d+1} = φ_d + 1, and shifts from the seed (Cranley and Patterson,
 * 1976).
 *
 * @example
 * ```ts
 * const policies = randomDesign(defaultDesign(recordings), 1000, 7);
 * ```
 */
export function randomDesign(design: Design, count: number, seed: number): readonly string[] {
  return randomMembers(design, count, seed).map(({ policy }) => policy);
}

/** As {@link randomDesign}, with the family and the values of each policy. */
export function randomMembers(design: Design, count: number, seed: number): readonly FamilyMember[] {
  requireInteger('count', count, 0);
  requireInteger('seed', seed, Number.MIN_SAFE_INTEGER);
  const { families } = readDesign(design);
  const found = new Map<string, FamilyMember>();
  let open = families.map((family, index) => ({ draw: drawerOf(family, seed + index), vain: 0 }));
  while (found.size < count && open.length > 0) {
    for (const source of open) {
      if (found.size >= count) break;
      const member = source.draw();
      source.vain = found.has(member.policy) ? source.vain + 1 : 0;
      if (source.vain === 0) found.set(member.policy, member);
    }
    open = open.filter(({ vain }) => vain < MOST_IN_VAIN);
  }
  return [...found.values()];
}

/** Gives one member after the other. */
function drawerOf(family: PolicyFamily, seed: number): () => FamilyMember {
  const parameters = Object.entries(family.parameters);
  const generator = xoroshiro128plus(seed);
  const shares = parameters.map(() => uniformFloat64(generator));
  const golden = generalizedGolden(parameters.length);
  const strides = parameters.map((_, index) => golden ** -(index + 1));
  return () => {
    for (const [index, stride] of strides.entries()) shares[index] = ((shares[index] ?? 0) + stride) % 1;
    const values = parameters.map(([name, parameter], index) => [
      name,
      valueAt(parameter, shares[index] ?? 0),
    ]);
    return memberOf(family, Object.fromEntries(values) as FamilyMember['values']);
  };
}

/** The root above 1 of x^{d+1} = x + 1: the golden ratio for d = 1. */
function generalizedGolden(dimensions: number): number {
  let root = 2;
  for (let round = 0; round < 64; round++) root = (1 + root) ** (1 / (dimensions + 1));
  return root;
}

function requireInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new SimError('OPTION_INVALID', `[sim] randomDesign: ${name}: expected an integer, got ${value}`);
}
