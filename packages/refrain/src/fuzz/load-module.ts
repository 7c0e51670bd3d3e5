import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parsePolicy, type AnyPolicyFactory, type Policy } from '@refrain/core';
import type { PolicyCapabilities } from '@refrain/testing';
import { CommandError } from '../errors.ts';

/** Policies of a module, and what it says of them. */
export interface LoadedPolicies {
  /** By the names of their exports, or the id that was given. */
  readonly policies: ReadonlyMap<string, Policy | AnyPolicyFactory>;
  /** The module's export `capabilities`. */
  readonly capabilities: PolicyCapabilities;
}

/**
 * Loads the policies that a module exports: policies, and factories made with `definePolicy`. An id is a policy too.
 *
 * @param source - a file of TypeScript or JavaScript, or an id such as `bwcache(threshold=0.15)`
 * @throws CommandError `POLICIES_UNREADABLE` when the module cannot be loaded or exports no policy; what `parsePolicy`
 * throws for an id
 */
export async function loadPolicies(source: string): Promise<LoadedPolicies> {
  if (!(await exists(source))) {
    if (/[./\\]|\.[cm]?[jt]s$/.test(source.replace(/\(.*$/, '')))
      throw new CommandError('POLICIES_UNREADABLE', `[refrain] there is no file ${source}`);
    return { policies: new Map([[source, parsePolicy(source)]]), capabilities: {} };
  }
  const module = await importModule(resolve(source));
  const policies = new Map(
    Object.entries(module).filter((entry): entry is [string, Policy | AnyPolicyFactory] =>
      isPolicy(entry[1]),
    ),
  );
  if (policies.size === 0)
    throw new CommandError(
      'POLICIES_UNREADABLE',
      `[refrain] ${source} exports no policy: export one, or a factory made with definePolicy; it exports ${Object.keys(module).join(', ') || 'nothing'}`,
    );
  const { capabilities } = module;
  const declared = typeof capabilities === 'object' && capabilities !== null ? capabilities : {};
  return { policies, capabilities: declared };
}

/** Node from 22.18 on reads TypeScript by itself; for the others tsx does, which is loaded only then. */
async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const url = pathToFileURL(path).href;
  try {
    return (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  } catch (error) {
    if (!isUnknownExtension(error)) throw unreadable(path, error);
  }
  try {
    const { tsImport } = await import('tsx/esm/api');
    return (await tsImport(url, import.meta.url)) as Record<string, unknown>;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function isUnknownExtension(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
}

function unreadable(path: string, cause: unknown): CommandError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CommandError('POLICIES_UNREADABLE', `[refrain] cannot load ${path}: ${reason}`, { cause });
}

function isPolicy(value: unknown): value is Policy | AnyPolicyFactory {
  if (typeof value === 'function') return 'policyName' in value && 'fromText' in value;
  return (
    typeof value === 'object' && value !== null && 'next' in value && 'observe' in value && 'limits' in value
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
