import { listPolicies, parseId, parsePolicy, type AnyPolicyFactory, type ParsedId } from '@refrain/core';

/** Where a policy stands inside another: `[]` is the outermost, `[1]` the second that it combines. */
export type Path = readonly number[];

/** A policy id from its parts; the other way round than `parseId`. */
export function printTree({ name, policies, options }: ParsedId): string {
  const parts = [
    ...policies.map(printTree),
    ...Object.entries(options).map(([key, text]) => `${key}=${text}`),
  ];
  return parts.length > 0 ? `${name}(${parts.join(',')})` : name;
}

/** The parts of an id; undefined when it cannot be taken apart. */
export function treeOf(id: string): ParsedId | undefined {
  try {
    return parseId(id);
  } catch {
    return undefined;
  }
}

/** The id as the policy itself prints it, without options that have their defaults; as it is, when it is no policy. */
export function canonical(id: string): string {
  try {
    return parsePolicy(id).id;
  } catch {
    return id;
  }
}

/** What the catalogue knows of a policy. */
export function factoryOf(name: string): AnyPolicyFactory | undefined {
  return listPolicies().find(({ policyName }) => policyName === name);
}

/**
 * Sets one option of a policy in a tree. An empty text takes it away, which leaves its default.
 *
 * @param path - of the policy
 */
export function withOption(tree: ParsedId, path: Path, key: string, text: string): ParsedId {
  const [first, ...rest] = path;
  if (first !== undefined) {
    const policies = tree.policies.map((inner, index) =>
      index === first ? withOption(inner, rest, key, text) : inner,
    );
    return { ...tree, policies };
  }
  const { [key]: _, ...others } = tree.options;
  return { ...tree, options: text === '' ? others : { ...tree.options, [key]: text } };
}

/** A place where an option stands. */
export interface OptionPlace {
  readonly path: Path;
  /** The text that is given, or the default. */
  readonly text: string;
}

/** The first policy in a tree, from outside in, that has an option of a name. */
export function findOption(tree: ParsedId, key: string, path: Path = []): OptionPlace | undefined {
  const fallback = factoryOf(tree.name)?.defaults[key];
  if (fallback !== undefined) return { path, text: tree.options[key] ?? fallback };
  for (const [index, inner] of tree.policies.entries()) {
    const found = findOption(inner, key, [...path, index]);
    if (found) return found;
  }
  return undefined;
}
