import type { Json } from '../json.ts';
import { readTexts, type PolicyFactory } from './define.ts';
import { resolveOptions } from './options.ts';
import { parseId } from './syntax.ts';

/**
 * The options that a policy was made with, read from its id: for tools that write a policy's rule down in another form.
 *
 * @param factory - makes policies of one name
 * @param id - as printed by `Policy.id`
 * @returns all options, defaults filled in; undefined if the id names another policy
 * @throws PolicyConfigError `POLICY_SYNTAX`
 *
 * @example
 * ```ts
 * optionsOf(fbcache, 'fbcache(threshold=0.12)')?.threshold; // 0.12
 * ```
 */
export function optionsOf<Options extends object, State extends Json>(
  factory: PolicyFactory<Options, State>,
  id: string,
): Options | undefined {
  const { name, options } = parseId(id);
  if (name !== factory.policyName) return undefined;
  return resolveOptions(factory.options, readTexts(factory.options, options).given).options;
}
