import { RefrainError, type AnyPolicyFactory, type OptionSpecs, type Policy } from '@refrain/core';
import fc from 'fast-check';
import { TestingError } from '../errors.ts';

/** Texts that are values of one option or another; which of them suit an option, it says itself. */
const numbers = ['0', '1', '2', '3', '5', '8', '0.01', '0.05', '0.1', '0.15', '0.25', '0.5', '0.75', '0.99'];
const others = ['-1', '1.5', '10', '100', '500', '900', '1e9', '5%', '10%', '25%', '33.3%', '100%', ''];
const words = ['yes', 'no', 'on', 'off', 'auto', 'none', '1:0.5', '1:1:0.5:0.25', '10', '110', '1010011'];
const candidates: readonly string[] = [...new Set([...numbers, ...others, ...words])];

/**
 * Policies of a factory with valid random options: of each option its default and whatever else it accepts.
 *
 * @param factory - made with `definePolicy`
 * @throws TestingError `CASES_UNSUITABLE` if it combines others, for then nobody knows which
 */
export function randomPolicies(factory: AnyPolicyFactory): fc.Arbitrary<Policy> {
  if (factory.combines)
    throw new TestingError(
      'CASES_UNSUITABLE',
      `[testing] ${factory.policyName} combines other policies: give a function that makes arbitrary ones of it`,
    );
  const specs = factory.options as OptionSpecs<Record<string, unknown>>;
  const texts = Object.fromEntries(
    Object.entries(factory.defaults).map(([name, fallback]) => {
      const fitting = [...choicesOf(factory, name), ...candidates].filter((text) => suits(specs[name], text));
      return [name, fc.oneof(fc.constant(fallback), fc.constantFrom(fallback, ...fitting))];
    }),
  );
  // Options may exclude each other, which shows only when a policy is made of them.
  return fc
    .record(texts)
    .map((options) => made(factory, options))
    .filter((policy): policy is Policy => policy !== undefined);
}

function suits(spec: OptionSpecs<Record<string, unknown>>[string] | undefined, text: string): boolean {
  const value = spec?.read(text);
  return value !== undefined && spec?.accepts(value) === true;
}

/** `one of a, b, c` names all words that an option takes. */
function choicesOf({ options }: AnyPolicyFactory, name: string): readonly string[] {
  const { expected = '' } = options[name] ?? {};
  return expected.startsWith('one of ') ? expected.slice('one of '.length).split(', ') : [];
}

function made(factory: AnyPolicyFactory, options: Readonly<Record<string, string>>): Policy | undefined {
  try {
    return factory.fromText(options);
  } catch (error) {
    if (error instanceof RefrainError) return undefined;
    throw error;
  }
}
