import { SimError } from '../errors.ts';

/** A value that stands in a policy id: a number, or a word such as `paper` or `10%`. */
export type ParameterValue = number | string;

/** A parameter that takes each of a few values. */
export interface ListParameter {
  readonly values: readonly ParameterValue[];
}

/** A parameter that takes values between two bounds. */
export interface RangeParameter {
  readonly from: number;
  readonly to: number;
  /** `log` spreads values evenly in their ratio, which suits thresholds; it needs bounds above 0. @defaultValue `linear` */
  readonly scale?: 'linear' | 'log';
  /** Whole numbers only. @defaultValue false */
  readonly integer?: boolean;
}

/** What a placeholder of a template stands for. */
export type DesignParameter = ListParameter | RangeParameter;

/** Policies that differ in their parameters only. */
export interface PolicyFamily {
  /** A policy id in which parameters stand as `{name}`: `forecast(teacache(threshold={threshold}),order={order})`. */
  readonly template: string;
  /** One for each placeholder. */
  readonly parameters: Readonly<Record<string, DesignParameter>>;
}

/**
 * Families of policies that are to be compared. Plain data, so that it can stand in a JSON file: {@link readDesign} checks
 * one, {@link gridDesign} and {@link randomDesign} make policies of it.
 */
export interface Design {
  readonly families: readonly PolicyFamily[];
}

/**
 * Reads a design from parsed JSON, or checks one that was written in code.
 *
 * @param json - anything
 * @returns the design, with nothing in it that does not belong there
 * @throws SimError `OPTION_INVALID` that says where in the design what was expected
 *
 * @example
 * ```ts
 * const design = readDesign(JSON.parse(text));
 * // { "families": [{ "template": "teacache(threshold={threshold})",
 * //   "parameters": { "threshold": { "from": 0.05, "to": 0.3, "scale": "log" } } }] }
 * ```
 */
export function readDesign(json: unknown): Design {
  const { families } = fieldsOf(json, 'design', ['families']);
  if (!Array.isArray(families) || families.length === 0)
    throw invalid('families', 'a list of at least one family', families);
  return { families: families.map((family, index) => readFamily(family, `families[${index}]`)) };
}

/** The names of a template's placeholders, each once, in their order. */
function placeholdersOf(template: string): readonly string[] {
  return [...new Set([...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name))];
}

function readFamily(json: unknown, place: string): PolicyFamily {
  const { template, parameters = {} } = fieldsOf(json, place, ['template', 'parameters']);
  if (typeof template !== 'string' || template.trim() === '')
    throw invalid(`${place}.template`, 'a policy id with placeholders such as {threshold}', template);
  const names = placeholdersOf(template);
  const given = fieldsOf(parameters, `${place}.parameters`, names);
  const missing = names.find((name) => given[name] === undefined);
  if (missing !== undefined)
    throw invalid(`${place}.parameters`, `values for {${missing}} of ${template}`, Object.keys(given));
  return {
    template,
    parameters: Object.fromEntries(
      names.map((name) => [name, readParameter(given[name], `${place}.parameters.${name}`)]),
    ),
  };
}

function readParameter(json: unknown, place: string): DesignParameter {
  const given = fieldsOf(json, place, ['values', 'from', 'to', 'scale', 'integer']);
  if (given['values'] === undefined) return readRange(given, place);
  const { values, ...others } = given;
  const extra = Object.keys(others);
  if (extra.length > 0) throw invalid(place, 'values, or from and to, not both', Object.keys(given));
  if (!Array.isArray(values) || values.length === 0 || !values.every(isParameterValue))
    throw invalid(`${place}.values`, 'a list of numbers and words', values);
  return { values };
}

function readRange(given: Readonly<Record<string, unknown>>, place: string): RangeParameter {
  const { from, to, scale = 'linear', integer = false } = given;
  if (!isFiniteNumber(from) || !isFiniteNumber(to) || from >= to)
    throw invalid(place, 'values, or from and to with from < to', given);
  if (scale !== 'linear' && scale !== 'log') throw invalid(`${place}.scale`, 'linear or log', scale);
  if (scale === 'log' && from <= 0) throw invalid(`${place}.from`, 'more than 0 on a log scale', from);
  if (typeof integer !== 'boolean') throw invalid(`${place}.integer`, 'true or false', integer);
  if (integer && !(Number.isInteger(from) && Number.isInteger(to)))
    throw invalid(place, 'whole numbers as bounds of whole numbers', given);
  return { from, to, scale, integer };
}

/** An object of known fields. */
function fieldsOf(json: unknown, place: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid(place, 'an object', json);
  const unknown = Object.keys(json).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const fields =
      known.length > 0 ? `only ${known.join(', ')}` : 'nothing, since the template has no placeholders';
    throw invalid(place, fields, unknown);
  }
  return json as Readonly<Record<string, unknown>>;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isParameterValue(value: unknown): value is ParameterValue {
  return isFiniteNumber(value) || (typeof value === 'string' && value !== '');
}

function invalid(place: string, expected: string, got: unknown): SimError {
  return new SimError('OPTION_INVALID', `[sim] design: ${place}: expected ${expected}, got ${show(got)}`);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
