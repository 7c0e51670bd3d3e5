/** A case that cannot be run as it stands: what is wrong, and where. */
export class CaseError extends Error {
  override readonly name = 'CaseError';
}

/** How one field of a case is read. */
export interface Field<Value> {
  /** What a valid value looks like, for messages. */
  readonly expected: string;
  /** Used when the field is missing or null; a field without one must be there. */
  readonly fallback?: { readonly value: Value };
  /** The value, or undefined when it is not a valid one. */
  parse(value: unknown): Value | undefined;
}

/** The fields of an object, by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What {@link read} makes of the fields. */
export type Values<Shape extends Fields> = {
  readonly [Key in keyof Shape]: Shape[Key] extends Field<infer Value> ? Value : never;
};

/**
 * Reads an object whose keys must all be known: a key that is skipped over would be an option that is not tested.
 *
 * @param where - the object in messages: `config`
 * @param given - the object
 * @param shape - the fields
 * @throws CaseError with everything that is wrong
 */
export function read<Shape extends Fields>(
  where: string,
  given: Readonly<Record<string, unknown>>,
  shape: Shape,
): Values<Shape> {
  const known = Object.keys(shape);
  const problems = Object.keys(given)
    .filter((key) => !Object.hasOwn(shape, key))
    .map((key) => `${where}: unknown key "${key}"; known here are ${known.join(', ') || 'none'}`);
  const values = known.map((key): [string, unknown] => {
    const field = shape[key] as Field<unknown>;
    const value = given[key] ?? undefined;
    if (value === undefined && field.fallback) return [key, field.fallback.value];
    const parsed = value === undefined ? undefined : field.parse(value);
    if (parsed === undefined)
      problems.push(`${where}.${key}: expected ${field.expected}, got ${show(value)}`);
    return [key, parsed];
  });
  if (problems.length > 0) throw new CaseError(problems.join('; '));
  return Object.fromEntries(values) as Values<Shape>;
}

/** An object, or an empty one where there is none. */
export function objectAt(given: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const value = given[key] ?? {};
  if (isObject(value)) return value;
  throw new CaseError(`${key}: expected an object, got ${show(value)}`);
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
}
