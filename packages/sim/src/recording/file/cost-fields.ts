import type { CostModel } from '../../cost/cost-model.ts';
import { amount, fieldsOf, listOf, misfit, optional, text, type Fields } from './fields.ts';

const SINGLE = ['frame', 'stretch', 'reuse', 'keep', 'indicator', 'sketchedIndicator'] as const;
/** Prices that other programs need not know. */
const RARE = ['handOut', 'lowPass'] as const;

/**
 * Reads what the parts of a model cost. What is left out costs nothing, and one number for `whole` or `value` stands
 * for all positions.
 *
 * @param length - of the stream
 * @throws SimError `RECORDING_BROKEN`
 */
export function readCosts(value: unknown, path: string, length: number): CostModel {
  const fields = fieldsOf(value, path, ['source', 'whole', 'value', ...SINGLE, ...RARE]);
  const single = (name: (typeof SINGLE)[number]): number => optional(fields, name, path, amount) ?? 0;
  const rare = RARE.flatMap((name) => {
    const price = optional(fields, name, path, amount);
    return price === undefined ? [] : [[name, price]];
  });
  return {
    source: optional(fields, 'source', path, text) ?? 'imported',
    frame: single('frame'),
    whole: perPosition(fields, 'whole', path, length),
    value: perPosition({ value: 0, ...fields }, 'value', path, length),
    stretch: single('stretch'),
    reuse: single('reuse'),
    keep: single('keep'),
    indicator: single('indicator'),
    sketchedIndicator: single('sketchedIndicator'),
    ...Object.fromEntries(rare),
  };
}

function perPosition(fields: Fields, name: string, path: string, length: number): readonly number[] {
  const value = fields[name];
  const at = `${path}.${name}`;
  if (!Array.isArray(value)) return Array.from({ length }, () => amount(value, at));
  if (value.length !== length) throw misfit(at, `${length} numbers, one for each position`, value);
  return listOf(value, at, amount);
}
