import type { ModuleKind } from '../../pass/site.ts';
import type { Granularity, Limits, Misfit, Needs, Policy, RunShape } from '../policy.ts';

/** What all of some policies need together. */
export function mergeNeeds(policies: readonly Policy[]): Needs {
  const all = policies.map(({ needs }) => needs);
  const inner = mergeInner(all);
  const modulated = all.some((needs) => needs.modulated === 'all')
    ? ('all' as const)
    : all.find((needs) => needs.modulated)?.modulated;
  const conditioning = [...new Set(all.flatMap((needs) => needs.conditioning ?? []))];
  const operations = [...new Set(all.flatMap((needs) => needs.operations ?? []))];
  return {
    history: Math.max(0, ...all.map(({ history }) => history)),
    ...(inner && { inner }),
    ...(modulated && { modulated }),
    ...(conditioning.length > 0 && { conditioning }),
    ...(operations.length > 0 && { operations }),
    ...(all.some(({ model }) => model) && { model: true as const }),
    ...(all.some(({ branches }) => branches) && { branches: 'two' as const }),
  };
}

/** Kinds that are named; where one policy takes any, so do all. */
function mergeInner(all: readonly Needs[]): Needs['inner'] {
  const wanted = all.flatMap(({ inner }) => (inner === undefined ? [] : [inner]));
  const kinds = wanted.flatMap((some): readonly ModuleKind[] => (some === 'any' ? [] : some));
  if (wanted.length === 0) return undefined;
  return kinds.length > 0 ? [...new Set(kinds)] : 'any';
}

/** Misfits that the combination itself tells of, so that they are not told once more for each of its policies. */
const GENERAL: readonly Misfit['code'][] = ['few-steps', 'other-sampler'];

/** The misfits of all of some policies, each once. */
export function mergeFit(policies: readonly Policy[], run: RunShape): readonly Misfit[] {
  const told = new Set<string>();
  return policies
    .flatMap((policy) => policy.fit?.(run) ?? [])
    .filter(({ code, message }) => {
      const again = told.has(message);
      told.add(message);
      return !again && !GENERAL.includes(code);
    });
}

const FINEST: readonly Granularity[] = ['attention', 'block', 'step', 'guidance'];

/** The finest level at which one of some policies acts. */
export function mergeGranularity(policies: readonly Policy[]): Granularity {
  return FINEST.find((level) => policies.some(({ granularity }) => granularity === level)) ?? 'step';
}

/** How limits of several policies become one: the smallest, the greatest, or the sum. */
export interface LimitRule {
  readonly windows: 'smallest' | 'greatest';
  readonly age: 'smallest' | 'sum';
}

/**
 * The limits of policies that act together.
 *
 * @param policies - these
 * @param rule - windows: the smallest where any policy may reuse, the greatest where all must agree. Age: the sum where
 * one policy may keep what another took from the cache
 */
export function mergedLimits(policies: readonly Policy[], rule: LimitRule): Policy['limits'] {
  return (run) =>
    mergeLimits(
      policies.map((policy) => policy.limits(run)),
      rule,
    );
}

function mergeLimits(limits: readonly Limits[], { windows, age }: LimitRule): Limits {
  const pick = windows === 'smallest' ? Math.min : Math.max;
  const ages = limits.flatMap(({ maxAge }) => (maxAge === undefined ? [] : [maxAge]));
  const known = age === 'sum' ? ages.length === limits.length : ages.length > 0;
  const maxAge = age === 'sum' ? ages.reduce((sum, item) => sum + item, 0) : Math.min(...ages);
  return {
    warmUp: pick(...limits.map(({ warmUp }) => warmUp)),
    tail: pick(...limits.map(({ tail }) => tail)),
    ...(known && { maxAge }),
  };
}
