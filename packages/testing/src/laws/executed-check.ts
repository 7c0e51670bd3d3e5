import fc from 'fast-check';
import type { SignalCase } from '../cases/executed.ts';
import { signalCases } from '../cases/policy-source.ts';
import type { Breach, ExecutedCheck, LawSetting } from './law.ts';

/** Makes a check of executed runs. */
export function executedCheck<Extra = undefined>(definition: {
  readonly title: string;
  /** Inputs of the model; finite ones and such as break arithmetic when left out. */
  readonly signals?: (steps: number) => fc.Arbitrary<readonly number[]>;
  /** What is drawn beyond policy, run and signal. */
  readonly extra?: (given: SignalCase) => fc.Arbitrary<Extra>;
  readonly check: (given: SignalCase, extra: Extra, setting: LawSetting) => Promise<Breach | undefined>;
}): ExecutedCheck {
  const { title, signals, extra, check } = definition;
  return {
    title,
    cases: (source, runs) =>
      signalCases(source, signals, runs).chain((given) =>
        (extra?.(given) ?? fc.constant(undefined)).map((drawn) => ({ ...given, extra: drawn })),
      ),
    check: ({ extra: drawn, ...given }, setting) => check(given, drawn as Extra, setting),
  };
}
