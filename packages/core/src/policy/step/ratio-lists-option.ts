import { readNumbers } from '../option-text.ts';
import type { OptionSpec } from '../options.ts';

/**
 * An option that is one list of positive numbers for each branch, written `1:1.02/1:1.01`; empty by default.
 *
 * @param about - one sentence for help texts
 */
export function ratioListsOption(about: string): OptionSpec<readonly (readonly number[])[]> {
  return {
    about,
    fallback: [],
    expected: 'lists of positive numbers: colons between numbers, slashes between the lists of branches',
    read(text) {
      if (text === '') return [];
      const lists = text.split('/').map(readNumbers);
      return lists.every((list) => list !== undefined) ? lists : undefined;
    },
    print: (lists) => lists.map((list) => list.join(':')).join('/'),
    accepts: (value) => Array.isArray(value) && value.every(isRatioList),
  };
}

function isRatioList(list: unknown): boolean {
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((ratio) => typeof ratio === 'number' && Number.isFinite(ratio) && ratio > 0)
  );
}
