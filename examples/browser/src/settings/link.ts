import type { BackendId } from '../messages.ts';
import { bounds, readNumberSetting, type NumberSetting, type Settings } from './settings.ts';

const backendIds: readonly BackendId[] = ['webgpu', 'webgl2', 'webasm', 'cpu', 'onnx'];

/** The part of a link that holds all settings: `#prompt=large+red+circle&policy=…`. */
export function printLink(settings: Settings): string {
  const texts = Object.entries(settings).map(([name, value]) => [name, String(value)] as [string, string]);
  // Brackets and commas are allowed in this part of an address, and policies read better with them.
  const readable = new URLSearchParams(texts)
    .toString()
    .replaceAll(/%28|%29|%2C|%3D/g, (code) => decodeURIComponent(code));
  return `#${readable}`;
}

/**
 * Reads settings from a link. What is missing, or cannot be, is left as it was: a link of another version should still open.
 *
 * @param hash - with or without its `#`
 * @param before - the settings that hold without the link
 */
export function readLink(hash: string, before: Settings): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const numbers: Partial<Record<NumberSetting, number>> = {};
  for (const name of Object.keys(bounds) as NumberSetting[]) {
    const value = readNumberSetting(name, given.get(name) ?? '');
    if (value !== undefined) numbers[name] = value;
  }
  return {
    ...before,
    ...numbers,
    prompt: given.get('prompt') ?? before.prompt,
    policy: given.get('policy') ?? before.policy,
    backend: backendIds.find((id) => id === given.get('backend')) ?? before.backend,
  };
}
