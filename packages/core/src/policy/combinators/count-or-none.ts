import { integerOption, type OptionSpec } from '../options.ts';

/** An option that is a count, or `none` for no bound, which is the default. */
export function countOrNone(about: string, min: number): OptionSpec<number | 'none'> {
  const count = integerOption(about, min, { min });
  return {
    about,
    fallback: 'none',
    quoted: false,
    expected: `none, or ${count.expected}`,
    read: (text) => (text === 'none' ? text : count.read(text)),
    print: (value) => (value === 'none' ? 'none' : count.print(value)),
    accepts: (value) => value === 'none' || count.accepts(value),
  };
}
