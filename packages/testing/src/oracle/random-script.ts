import type { Decision, Entry, Indicator, ModuleKind } from '@refrain/core';
import fc from 'fast-check';
import type { Script } from './oracle.ts';
import { computes, entry, looks, reuses, scripted, type Scripted } from '../toy/scripted.ts';

/** A stream, the shape of a run, and dice that decide. */
export interface RandomCase {
  readonly blocks: number;
  readonly modules: readonly ModuleKind[];
  readonly steps: number;
  readonly history: number;
  readonly sketches: boolean;
  readonly asynchronous: boolean;
  readonly early: boolean;
  readonly branches: readonly string[];
  readonly dice: readonly number[];
}

/** Small cases of every kind. */
export const randomCases: fc.Arbitrary<RandomCase> = fc.record({
  blocks: fc.integer({ min: 1, max: 4 }),
  modules: fc.constantFrom<readonly ModuleKind[]>([], ['self-attention'], ['self-attention', 'mlp']),
  steps: fc.integer({ min: 2, max: 9 }),
  history: fc.integer({ min: 1, max: 3 }),
  sketches: fc.boolean(),
  asynchronous: fc.boolean(),
  early: fc.boolean(),
  branches: fc.constantFrom(['conditional'], ['conditional', 'unconditional']),
  dice: fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 400 }),
});

/** Possible decisions of every kind, drawn by dice that depend on the place only. */
export function scriptOf({ blocks, modules, history, dice }: RandomCase): Script {
  const length = blocks * Math.max(1, modules.length);
  return (step, site, looked): Decision => {
    let throws = 0;
    const roll = (sides: number): number =>
      ((dice[(step * 131 + site * 17 + (looked ? 7 : 0) + throws++ * 5) % dice.length] ?? 0) >>
        (throws % 3)) %
      sides;
    const until = site + 1 + roll(length - site);
    const what = roll(looked ? 4 : 5);
    if (what === 4) return looks(...lookIndicators(site, roll));
    if (what >= 2) {
      const weights = Array.from({ length: 1 + roll(history) }, () => [1, 2, -1, 0.5, 0][roll(5)] ?? 1);
      const form = (['residual', 'output', 'value'] as const)[roll(modules.length > 0 ? 3 : 2)] ?? 'residual';
      return reuses(form === 'value' ? site + 1 : until, form, weights);
    }
    return computes(
      until,
      entries(site, until, modules.length > 0, roll),
      spanIndicators(site, until, roll, modules),
    );
  };
}

function entries(from: number, until: number, inner: boolean, roll: (sides: number) => number): Entry[] {
  const kept = [entry(from, until, 'residual'), entry(from, until, 'output')];
  if (until - from > 1) kept.push(entry(from + 1, until, 'residual'), entry(from, until - 1, 'output'));
  if (inner) for (let site = from; site < until; site++) kept.push(entry(site, site + 1, 'value'));
  return kept.filter(() => roll(3) > 0);
}

function lookIndicators(at: number, roll: (sides: number) => number): Indicator[] {
  const against = (['computed', 'seen'] as const)[roll(2)] ?? 'seen';
  const all: Indicator[] = [
    { name: `look ${at} ${against}`, tap: { of: 'modulated', at }, against },
    { name: `look stream ${at} ${against}`, tap: { of: 'stream', at }, against, stride: 1 + roll(3) },
    {
      name: `look condition ${at} ${against}`,
      tap: { of: 'conditioning', name: 'timestep-embedding' },
      against,
    },
  ];
  // The stride belongs to the name: another stride is another feature.
  return all.slice(roll(all.length)).map((indicator) => named(indicator));
}

function spanIndicators(
  from: number,
  until: number,
  roll: (sides: number) => number,
  modules: readonly ModuleKind[],
): Indicator[] {
  const middle = from + roll(until - from);
  const all: Indicator['tap'][] = [
    { of: 'stream', at: until },
    { of: 'stream', at: middle + 1 },
    { of: 'modulated', at: middle },
    { of: 'residual', from: middle, until },
    { of: 'conditioning', name: 'timestep-embedding' },
    ...(modules.length > 0 ? [{ of: 'value', at: middle } as const] : []),
  ];
  const indicators = all
    .filter(() => roll(3) === 0)
    .map((tap): Indicator => {
      const against = roll(2) === 0 ? 'computed' : 'seen';
      const stride = roll(4);
      return named({
        name: `in ${JSON.stringify(tap)} ${against}`,
        tap,
        against,
        ...(stride > 0 && { stride }),
      });
    });
  return [...new Map(indicators.map((indicator) => [indicator.name, indicator])).values()];
}

function named(indicator: Indicator): Indicator {
  return { ...indicator, name: `${indicator.name} / ${indicator.stride ?? 'whole'}` };
}

/** A policy that follows the dice. */
export function randomPolicy(given: RandomCase): Scripted {
  const script = scriptOf(given);
  const needs = { history: given.history, ...(given.modules.length > 0 && { inner: 'any' as const }) };
  return scripted(({ step, site }, { looked }) => script(step, site, looked), needs);
}
