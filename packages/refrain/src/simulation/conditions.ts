import type { SweepQuery } from '@refrain/sim/node';
import { CommandError } from '../errors.ts';

const operators: Readonly<Record<string, string>> = {
  '<': '$lt',
  '<=': '$lte',
  '>': '$gt',
  '>=': '$gte',
  '=': '$in',
  '!=': '$nin',
};

/**
 * Reads conditions such as `drift<0.05`, `granularity=block` or `error=null`.
 *
 * @throws CommandError `OPTION_INVALID` for text that is none
 */
export function readConditions(texts: readonly string[]): NonNullable<SweepQuery['where']> {
  const where: Record<string, Record<string, unknown>> = {};
  for (const text of texts) {
    const [, field = '', sign = '', value = ''] = /^\s*(\w+)\s*(<=|>=|!=|<|>|=)\s*(.*?)\s*$/.exec(text) ?? [];
    const operator = operators[sign];
    if (operator === undefined)
      throw new CommandError(
        'OPTION_INVALID',
        `[refrain] --where: expected a field, one of ${Object.keys(operators).join(' ')}, and a value, such as "drift<0.05", got "${text}"`,
      );
    const read = readValue(value);
    (where[field] ??= {})[operator] = operator === '$in' || operator === '$nin' ? [read] : read;
  }
  return where;
}

function readValue(text: string): string | number | null {
  if (text === 'null') return null;
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? text : number;
}
