import { nearestName } from '@refrain/core';
import { SimError } from '../../errors.ts';

/** Where the format is described, for messages. */
export const FORMAT_PAGE = 'docs/simulation/recording-format.md';

/** An object of JSON whose fields are read one by one. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads one value; `path` says where it stands, for messages. */
export type FieldReader<Value> = (value: unknown, path: string) => Value;

/** An error about a field of the description. */
export function misfit(path: string, expected: string, value: unknown): SimError {
  return new SimError(
    'RECORDING_BROKEN',
    `[sim] recording, ${path}: expected ${expected}, got ${show(value)}. ${FORMAT_PAGE} describes every field`,
  );
}

/** A value in few characters. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no NaN and no infinity, and would call them null.
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}

/**
 * An object that has only known fields. Unknown ones are refused, so that a typing mistake does not become a default.
 *
 * @throws SimError `RECORDING_BROKEN`
 */
export function fieldsOf(value: unknown, path: string, known: readonly string[]): Fields {
  if (!isObject(value)) throw misfit(path, 'an object', value);
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    const meant = near === undefined ? `one of ${known.join(', ')}` : `"${near}"`;
    throw misfit(path, `fields that are known; perhaps ${meant}`, name);
  }
  return value;
}

/** True for objects that are no lists. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a field that may be left out. */
export function optional<Value>(
  fields: Fields,
  name: string,
  path: string,
  read: FieldReader<Value>,
): Value | undefined {
  return fields[name] === undefined ? undefined : read(fields[name], `${path}.${name}`);
}

/** A list, read item by item. */
export function listOf<Value>(value: unknown, path: string, read: FieldReader<Value>): Value[] {
  if (!Array.isArray(value)) throw misfit(path, 'a list', value);
  return value.map((item: unknown, index) => read(item, `${path}[${index}]`));
}

/** A text. */
export function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw misfit(path, 'a text', value);
  return value;
}

/** A text that is not empty, of whole characters: half a surrogate pair would not survive as the name of a tensor. */
export function named(value: unknown, path: string): string {
  const name = text(value, path);
  if (name === '' || /\p{Cs}/u.test(name)) throw misfit(path, 'a name', value);
  return name;
}

/** True or false. */
export function flag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw misfit(path, 'true or false', value);
  return value;
}

/** A finite number. */
export function finite(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw misfit(path, 'a finite number', value);
  return value;
}

/** A finite number, 0 or more. */
export function amount(value: unknown, path: string): number {
  if (finite(value, path) < 0) throw misfit(path, 'a number of 0 or more', value);
  return value as number;
}

/** A finite number above 0. */
export function positive(value: unknown, path: string): number {
  if (finite(value, path) <= 0) throw misfit(path, 'a number above 0', value);
  return value as number;
}

/** An integer. */
export function integer(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value)) throw misfit(path, 'an integer', value);
  return value as number;
}

/** An integer of at least 1. */
export function count(value: unknown, path: string): number {
  if (integer(value, path) < 1) throw misfit(path, 'an integer of at least 1', value);
  return value as number;
}
