import { quantile, significant } from '@refrain/charts';
import type { ParameterEffect, ParameterLevel, PolicySensitivity } from '../simulation-report/report-data.ts';
import { policyParameters } from './policy-parameters.ts';
import { rankCorrelation } from './rank-correlation.ts';

/** A parameter set that was tried. */
export interface TriedSet {
  readonly policy: string;
  readonly speed: number;
  readonly drift: number | null;
}

/** The same with its options, and with a drift. */
interface KnownSet {
  readonly speed: number;
  readonly drift: number;
  readonly options: ReadonlyMap<string, string>;
}

/** More different values than this are put into ranges that hold about as many sets each. */
const MOST_LEVELS = 6;
const RANGES = 5;

/** Fewer sets of a policy say nothing about its parameters. */
const LEAST_SETS = 4;

/** Shown for sets that leave an option out. */
const LEFT_OUT = 'default';

/**
 * What the parameters of each policy do, over all sets that were tried: for each parameter that takes several values, the
 * quartiles of speed-up and drift by value, and rank correlations. Sets whose drift is not known are left out.
 */
export function sensitivitiesOf(tried: readonly TriedSet[]): readonly PolicySensitivity[] {
  const families = new Map<string, KnownSet[]>();
  for (const { policy, speed, drift } of tried) {
    if (drift === null || !Number.isFinite(speed)) continue;
    const { family, options } = policyParameters(policy);
    const sets = families.get(family) ?? [];
    sets.push({ speed, drift, options });
    families.set(family, sets);
  }
  return [...families].flatMap(([policy, sets]) => {
    const effects = sets.length < LEAST_SETS ? [] : effectsOf(sets);
    return effects.length === 0 ? [] : [{ policy, sets: sets.length, effects }];
  });
}

function effectsOf(sets: readonly KnownSet[]): readonly ParameterEffect[] {
  const names = new Set(sets.flatMap(({ options }) => [...options.keys()]));
  return [...names].flatMap((parameter) => {
    const values = sets.map(({ options }) => options.get(parameter) ?? LEFT_OUT);
    return new Set(values).size < 2 ? [] : [effectOf(parameter, values, sets)];
  });
}

function effectOf(parameter: string, values: readonly string[], sets: readonly KnownSet[]): ParameterEffect {
  const numbers = values.map(Number);
  const ordered = numbers.every(Number.isFinite);
  const groups = ordered ? groupNumbers(numbers, sets) : groupTexts(values, sets);
  return {
    parameter,
    levels: groups.map(([label, group]) => levelOf(label, group)),
    onSpeedup: ordered
      ? rankCorrelation(
          numbers,
          sets.map(({ speed }) => speed),
        )
      : null,
    onDrift: ordered
      ? rankCorrelation(
          numbers,
          sets.map(({ drift }) => drift),
        )
      : null,
  };
}

type Groups = readonly (readonly [string, readonly KnownSet[]])[];

function groupTexts(values: readonly string[], sets: readonly KnownSet[]): Groups {
  const known = [...new Set(values)].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return known.map((value) => [value, sets.filter((_, index) => values[index] === value)]);
}

function groupNumbers(numbers: readonly number[], sets: readonly KnownSet[]): Groups {
  const known = [...new Set(numbers)].toSorted((a, b) => a - b);
  const withinBounds = (least: number, most: number): readonly KnownSet[] =>
    sets.filter((_, index) => (numbers[index] ?? 0) >= least && (numbers[index] ?? 0) <= most);
  if (known.length <= MOST_LEVELS) return known.map((value) => [String(value), withinBounds(value, value)]);
  return Array.from({ length: RANGES }, (_, range) => {
    const [from, until] = [range, range + 1].map((edge) => Math.round((edge * known.length) / RANGES));
    const own = known.slice(from, until);
    const [least = 0, most = 0] = [own[0], own.at(-1)];
    return [`${significant(least, 2)}–${significant(most, 2)}`, withinBounds(least, most)];
  });
}

function levelOf(label: string, sets: readonly KnownSet[]): ParameterLevel {
  const quartiles = (of: (set: KnownSet) => number): readonly [number, number, number] => {
    const values = sets.map(of);
    return [quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)];
  };
  return {
    label,
    count: sets.length,
    speedup: quartiles(({ speed }) => speed),
    drift: quartiles(({ drift }) => drift),
  };
}
