import type { OptionSpec } from './options.ts';

/**
 * An option whose value follows from the other options unless it is given. Written `auto`, which is the default.
 *
 * @param spec - of the value when it is given
 */
export function autoOption<Value>(spec: OptionSpec<Value>): OptionSpec<Value | 'auto'> {
  return {
    about: spec.about,
    fallback: 'auto',
    quoted: false,
    expected: `auto, or ${spec.expected}`,
    read: (text) => (text === 'auto' ? text : spec.read(text)),
    print: (value) => (value === 'auto' ? 'auto' : spec.print(value)),
    accepts: (value) => value === 'auto' || spec.accepts(value),
  };
}
