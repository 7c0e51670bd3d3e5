import type { Issue } from './errors.ts';
import { ModelFileInvalidError } from './errors.ts';

/**
 * Reads the fields of a parsed JSON object and notes every one that is not as expected, instead of stopping at the
 * first. A getter that noted an issue returns a stand-in; `parseFields` throws before anybody sees it.
 *
 * @internal
 */
export interface Fields {
  readonly text: (key: string) => string;
  readonly number: (key: string) => number;
  readonly positive: (key: string) => number;
  readonly positiveInteger: (key: string) => number;
  readonly index: (key: string) => number;
  readonly texts: (key: string) => readonly string[];
  readonly numbers: (key: string) => readonly number[];
  /** An object of the given kind of values. */
  readonly integersByName: (key: string) => Readonly<Record<string, number>>;
  readonly textsByName: (key: string) => Readonly<Record<string, string>>;
  readonly object: (key: string) => Fields;
  /** Notes an issue that concerns more than one field. */
  readonly require: (holds: boolean, key: string, message: string) => void;
}

/**
 * Runs `read` over a parsed JSON value.
 *
 * @throws ModelFileInvalidError with all issues, when there is one.
 *
 * @internal
 */
export function parseFields<Result>(file: string, json: unknown, read: (fields: Fields) => Result): Result {
  const issues: Issue[] = [];
  const result = read(fieldsOf(json, '', issues));
  if (issues.length > 0) throw new ModelFileInvalidError(file, issues);
  return result;
}

type Guard<Value> = (value: unknown) => value is Value;

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isPositive = (value: unknown): value is number => isNumber(value) && value > 0;
const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isPositiveInteger = (value: unknown): value is number => isIndex(value) && value > 0;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function listOf<Value>(guard: Guard<Value>): Guard<readonly Value[]> {
  return (value): value is readonly Value[] => Array.isArray(value) && value.every(guard);
}

function recordOf<Value>(guard: Guard<Value>): Guard<Readonly<Record<string, Value>>> {
  return (value): value is Readonly<Record<string, Value>> =>
    isRecord(value) && Object.values(value).every(guard);
}

function fieldsOf(json: unknown, path: string, issues: Issue[]): Fields {
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const note = (where: string, message: string): void => void issues.push({ path: where, message });
  if (!isRecord(json)) note(path, `expected an object, got ${described(json)}`);
  const source: Record<string, unknown> = isRecord(json) ? json : {};
  function get<Value>(key: string, guard: Guard<Value>, expected: string, standIn: Value): Value {
    const value = Object.hasOwn(source, key) ? source[key] : undefined;
    if (guard(value)) return value;
    // When the whole object is missing, one issue about it says enough.
    if (isRecord(json)) note(at(key), `expected ${expected}, got ${described(value)}`);
    return standIn;
  }
  return {
    text: (key) => get(key, isText, 'a string', ''),
    number: (key) => get(key, isNumber, 'a finite number', 0),
    positive: (key) => get(key, isPositive, 'a positive number', 1),
    positiveInteger: (key) => get(key, isPositiveInteger, 'a positive integer', 1),
    index: (key) => get(key, isIndex, 'an integer of at least 0', 0),
    texts: (key) => get(key, listOf(isText), 'a list of strings', []),
    numbers: (key) => get(key, listOf(isNumber), 'a list of finite numbers', []),
    integersByName: (key) => get(key, recordOf(isIndex), 'an object of integers of at least 0', {}),
    textsByName: (key) => get(key, recordOf(isText), 'an object of strings', {}),
    object: (key) => fieldsOf(Object.hasOwn(source, key) ? source[key] : undefined, at(key), issues),
    require: (holds, key, message) => {
      // Consistency is judged only when the single fields are right: stand-ins would cause false alarms.
      if (!holds && issues.length === 0) note(at(key), message);
    },
  };
}

function described(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
