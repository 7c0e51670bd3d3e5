import type { Field } from './read.ts';

/** A finite number. */
export function number(fallback?: number): Field<number> {
  return field('a finite number', isNumber, fallback);
}

/** An integer. */
export function integer(fallback?: number): Field<number> {
  return field('an integer', (value): value is number => Number.isInteger(value), fallback);
}

/** The longest series: a slip of the pen must not fill the memory. */
const LONGEST = 100_000;

/** How many steps, calls or generations: at least one. */
export function count(fallback?: number): Field<number> {
  const isCount = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST;
  return field(`a count from 1 to ${LONGEST}`, isCount, fallback);
}

/** True or false; 0 and 1 will do. */
export function flag(fallback?: boolean): Field<boolean> {
  return {
    expected: 'true or false',
    ...fallbackOf(fallback),
    parse: (value) =>
      value === 1 || value === true ? true : value === 0 || value === false ? false : undefined,
  };
}

/** Any text. */
export function text(fallback?: string): Field<string> {
  return field('a text', (value): value is string => typeof value === 'string', fallback);
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  fallback?: NoInfer<Word>,
): Field<Word> {
  const isWord = (value: unknown): value is Word => words.some((word) => word === value);
  return field(`one of ${words.map((word) => `"${word}"`).join(', ')}`, isWord, fallback);
}

/** A list of finite numbers. */
export function numbers(fallback?: readonly number[]): Field<readonly number[]> {
  const isList = (value: unknown): value is readonly number[] =>
    Array.isArray(value) && value.every(isNumber);
  return field('a list of numbers', isList, fallback);
}

/** Two numbers. */
export function pair(fallback?: readonly [number, number]): Field<readonly [number, number]> {
  const isPair = (value: unknown): value is readonly [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every(isNumber);
  return field('two numbers', isPair, fallback);
}

/** A list of numbers and nulls, one for each call. */
export function gaps(): Field<readonly (number | null)[] | null> {
  const isList = (value: unknown): value is readonly (number | null)[] =>
    Array.isArray(value) && value.every((item) => item === null || isNumber(item));
  return optional(field('a list of numbers and nulls', isList));
}

/** A list of lists of numbers. */
export function table(): Field<readonly (readonly number[])[]> {
  const isTable = (value: unknown): value is readonly (readonly number[])[] =>
    Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isNumber));
  return field('a list of lists of numbers', isTable);
}

/** A list of texts. */
export function texts(): Field<readonly string[]> {
  const isList = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.every((item) => typeof item === 'string');
  return field('a list of texts', isList);
}

/** One character a call, as a text or as a list of them. */
export function mask(): Field<string> {
  return {
    expected: 'a text of one character for each call, or a list of 0 and 1',
    parse(value) {
      if (typeof value === 'string') return value;
      const isList =
        Array.isArray(value) && value.every((item) => ['0', '1', 'true', 'false'].includes(String(item)));
      return isList ? value.map((item) => String(Number(item))).join('') : undefined;
    },
  };
}

/** The same field, which may be missing: then it is null. */
export function optional<Value>(inner: Field<Value>): Field<Value | null> {
  return { ...inner, fallback: { value: null } };
}

/** A field whose content is read elsewhere. */
export function elsewhere(): Field<unknown> {
  return { expected: 'anything', fallback: { value: null }, parse: (value) => value };
}

function field<Value>(
  expected: string,
  accepts: (value: unknown) => value is Value,
  fallback?: Value,
): Field<Value> {
  return { expected, ...fallbackOf(fallback), parse: (value) => (accepts(value) ? value : undefined) };
}

function fallbackOf<Value>(value: Value | undefined): { fallback?: { value: Value } } {
  return value === undefined ? {} : { fallback: { value } };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
