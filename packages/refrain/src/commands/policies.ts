import { listPolicies } from '@refrain/core';
import pc from 'picocolors';
import type { CommandContext } from '../cli/context.ts';

/** Prints every policy with its options. */
export function printPolicies({ out }: CommandContext, { json }: { readonly json?: boolean }): void {
  const catalogue = listPolicies().map(({ policyName, about, options, defaults }) => ({
    name: policyName,
    about,
    options: Object.entries(options).map(([name, option]) => ({
      name,
      about: option.about,
      expected: option.expected,
      default: defaults[name] ?? '',
    })),
  }));
  if (json) {
    out.write(`${JSON.stringify(catalogue, null, 2)}\n`);
    return;
  }
  for (const { name, about, options } of catalogue) {
    out.write(`${pc.bold(name)}  ${about}\n`);
    for (const option of options)
      out.write(`    ${option.name}=${option.default}  ${option.about} (${option.expected})\n`);
  }
}
