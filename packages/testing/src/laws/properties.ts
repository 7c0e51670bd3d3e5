import { refrain } from '@refrain/core';
import type fc from 'fast-check';
import { courseOf, runCase, type SignalCase } from '../cases/executed.ts';
import { signalCases, walkCases, type PolicySource, type WalkCase } from '../cases/policy-source.ts';
import type { RunCase } from '../cases/run-case.ts';
import { finiteSignals } from '../cases/signals.ts';
import { TestingError } from '../errors.ts';
import type { Executor } from '../toy/generate.ts';
import { policyLawCatalogue } from './catalogue.ts';
import type { Breach, ExecutedCase, LawSetting, PolicyCapabilities, PolicyLaw } from './law.ts';
import { walkAll } from './walk-all.ts';

/** A case of a law of policies: with what indicators show, or with what the model is given. */
export type PolicyCase = WalkCase | SignalCase;

/** A law as a property: what it is tried on, and whether a case breaks it. */
export interface LawProperty {
  /** Its name, which says also in which world: `bounded-age`, `bounded-age/run`. */
  readonly name: string;
  /** The title of its test. */
  readonly title: string;
  readonly law: PolicyLaw;
  readonly cases: fc.Arbitrary<PolicyCase>;
  /** What is broken, if anything. */
  breach(given: PolicyCase): Breach | undefined | Promise<Breach | undefined>;
}

/** What the laws are tried on and with. */
export interface PropertyOptions {
  /** Shapes of runs; of every kind when left out. */
  readonly runs?: fc.Arbitrary<RunCase>;
  /** What the policy claims or does not have to keep. */
  readonly capabilities?: PolicyCapabilities;
  /** Names of the laws, or of single properties; all when left out. */
  readonly laws?: readonly string[];
  /** What caches, where that is what is tested: Refrain's own executor when left out. */
  readonly execute?: Executor;
}

/** The setting that options describe. */
export function settingOf({ capabilities = {}, execute = refrain }: PropertyOptions): LawSetting {
  return { capabilities, execute };
}

/** The laws that a policy of these capabilities is under. */
export function lawsFor(capabilities: PolicyCapabilities): readonly PolicyLaw[] {
  return policyLawCatalogue.filter((law) => law.applies?.(capabilities) ?? true);
}

/**
 * All laws of policies as properties of one source of policies.
 *
 * @throws TestingError `OPTION_INVALID` when a law is named that does not exist or does not apply
 */
export function propertiesOf(source: PolicySource, options: PropertyOptions = {}): readonly LawProperty[] {
  const setting = settingOf(options);
  const all = lawsFor(setting.capabilities).flatMap((law) => [
    ...walkProperties(law, source, options, setting),
    ...courseProperties(law, source, options, setting),
    ...executedProperties(law, source, options, setting),
  ]);
  const { laws } = options;
  if (!laws) return all;
  const wanted = laws.flatMap((name) => {
    const found = all.filter((property) => property.name === name || property.law.name === name);
    if (found.length === 0)
      throw new TestingError(
        'OPTION_INVALID',
        `[testing] no law is called "${name}", or it does not apply: known are ${all.map((property) => property.name).join(', ')}`,
      );
    return found;
  });
  return [...new Set(wanted)];
}

function walkProperties(
  law: PolicyLaw,
  source: PolicySource,
  { runs }: PropertyOptions,
  setting: LawSetting,
): readonly LawProperty[] {
  if (!law.course && !law.walk) return [];
  const property = propertyOf<WalkCase>({
    name: law.name,
    title: `${law.number}. ${law.name}: walked on traces`,
    law,
    cases: walkCases(source, runs),
    breach: (given) => walkAll([law], given, setting)?.breach,
  });
  return [property];
}

function courseProperties(
  law: PolicyLaw,
  source: PolicySource,
  { runs }: PropertyOptions,
  setting: LawSetting,
): readonly LawProperty[] {
  const look = law.course?.bind(law);
  if (!look) return [];
  const property = propertyOf<SignalCase>({
    name: `${law.name}/run`,
    title: `${law.number}. ${law.name}: run on a toy model`,
    law,
    cases: signalCases(source, law.whenAllGoesWell ? finiteSignals : undefined, runs),
    async breach(given) {
      const { report } = await runCase(given, { execute: setting.execute });
      const course = courseOf(given, report);
      const breach = look(course, setting);
      return breach && { course, ...breach };
    },
  });
  return [property];
}

function executedProperties(
  law: PolicyLaw,
  source: PolicySource,
  { runs }: PropertyOptions,
  setting: LawSetting,
): readonly LawProperty[] {
  return (law.runs ?? []).map((check, index) =>
    propertyOf<ExecutedCase>({
      name: `${law.name}/${index + 1}`,
      title: `${law.number}. ${law.name}: ${check.title}`,
      law,
      cases: check.cases(source, runs),
      breach: (given) => check.check(given, setting),
    }),
  );
}

/** A property gets its own cases and no others: whose they are need not be known to those who try it. */
function propertyOf<Case extends PolicyCase>(
  property: Pick<LawProperty, 'name' | 'title' | 'law'> & {
    readonly cases: fc.Arbitrary<Case>;
    readonly breach: (given: Case) => Breach | undefined | Promise<Breach | undefined>;
  },
): LawProperty {
  return property;
}
