import { InvalidArgumentError } from 'commander';

/** A reader for options that are numbers; the error names what was expected and what came. */
export function numberArgument(what: {
  min?: number;
  max?: number;
  integer?: boolean;
}): (text: string) => number {
  const { min = -Infinity, max = Infinity, integer = false } = what;
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const fits =
      Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value));
    if (!fits) throw new InvalidArgumentError(`Expected ${describe(min, max, integer)}, got "${text}".`);
    return value;
  };
}

function describe(min: number, max: number, integer: boolean): string {
  const kind = integer ? 'an integer' : 'a number';
  if (max !== Infinity) return `${kind} from ${min} to ${max}`;
  return min === -Infinity ? kind : `${kind} of at least ${min}`;
}

/** Collects an option that may be given several times. */
export function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}

/** A comma-separated list. */
export function listArgument(text: string): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Expected at least one name.');
  return items;
}

/** A comma-separated list of numbers. */
export function numbersArgument(text: string): readonly number[] {
  return listArgument(text).map(numberArgument({}));
}
