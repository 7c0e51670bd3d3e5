import type { Misfit, Needs, Policy, RunShape } from '../policy.ts';

/** What all of some policies need together. */
export function mergeNeeds(policies: readonly Policy[]): Needs {
  const all = policies.map(({ needs }) => needs);
  const inner = all.flatMap(({ inner: kinds }) => (kinds === undefined ? [] : [kinds]));
  const kinds = inner.flatMap((some) => (some === 'any' ? [] : some));
  const modulated = all.some((needs) => needs.modulated === 'all')
    ? ('all' as const)
    : all.find((needs) => needs.modulated)?.modulated;
  const conditioning = [...new Set(all.flatMap((needs) => needs.conditioning ?? []))];
  const operations = [...new Set(all.flatMap((needs) => needs.operations ?? []))];
  return {
    history: Math.max(0, ...all.map(({ history }) => history)),
    ...(inner.length > 0 && { inner: kinds.length > 0 ? [...new Set(kinds)] : ('any' as const) }),
    ...(modulated && { modulated }),
    ...(conditioning.length > 0 && { conditioning }),
    ...(operations.length > 0 && { operations }),
    ...(all.some(({ model }) => model) && { model: true as const }),
    ...(all.some(({ branches }) => branches) && { branches: 'two' as const }),
  };
}

/** The misfits of all of some policies. */
export function mergeFit(policies: readonly Policy[], run: RunShape): readonly Misfit[] {
  return policies.flatMap((policy) => policy.fit?.(run) ?? []);
}
