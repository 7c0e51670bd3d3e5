import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { caseOf, type Case } from './kind.ts';
import { CaseError, isObject } from './read.ts';

/** A file that holds no cases: it cannot be read, or is not what was expected. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** A case, or an entry that is none. */
export type FileEntry = Case | { readonly name: string; readonly problem: string };

/**
 * Reads the cases of a file: a list of them, a single one, an object `policy:steps` → mask, or an object of such parts by
 * name.
 *
 * @throws FileError
 */
export function readCases(path: string): readonly FileEntry[] {
  const content = parse(path);
  if (typeof content !== 'object' || content === null)
    throw new FileError(`${path}: expected a list of cases, got ${show(content)}`);
  const entries = entriesOf(content, [basename(path)]);
  if (entries.length === 0) throw new FileError(`${path}: expected cases, got none`);
  return entries;
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FileError(`${path}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return JSON.parse(withoutMark(text));
  } catch (error) {
    throw new FileError(`${path}: not valid JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** Some programs begin a text with a mark of its byte order, which is no JSON. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function entriesOf(content: unknown, places: readonly string[]): readonly FileEntry[] {
  if (Array.isArray(content)) return content.map((entry, index) => entryOf(entry, index, places));
  if (!isObject(content))
    return [{ name: places[0] ?? '', problem: `expected a list of cases, got ${show(content)}` }];
  if (isCase(content)) return [entryOf(content, 0, places)];
  return Object.entries(content).flatMap(([key, value]) =>
    typeof value === 'string' ? [namedMask(key, value, places)] : entriesOf(value, [key, ...places]),
  );
}

function isCase(content: Readonly<Record<string, unknown>>): boolean {
  return 'config' in content || 'compute' in content;
}

function entryOf(entry: unknown, index: number, places: readonly string[]): FileEntry {
  const number = `case ${index}`;
  if (!isObject(entry)) return { name: number, problem: 'expected an object with the fields of a case' };
  const name = typeof entry['name'] === 'string' && entry['name'] !== '' ? entry['name'] : number;
  try {
    return caseOf(entry, name, places);
  } catch (error) {
    if (error instanceof CaseError) return { name, problem: error.message };
    throw error;
  }
}

/** `"fast:28": "1111…"` as a case with fields. */
function namedMask(name: string, mask: string, places: readonly string[]): FileEntry {
  return caseOf({ schedule: name, mask }, name, places);
}

function show(content: unknown): string {
  return JSON.stringify(content).slice(0, 40);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
