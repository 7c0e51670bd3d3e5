import type { BackendId } from '../messages.ts';

/** Everything that the reader can set. */
export interface Settings {
  readonly prompt: string;
  /** Id of the policy, as typed: it may be wrong. */
  readonly policy: string;
  readonly backend: BackendId;
  readonly steps: number;
  readonly guidance: number;
  readonly seed: number;
}

/** What the page begins with. */
export const defaults: Settings = {
  prompt: 'large cyan circle bounce fast black',
  policy: 'bwcache(threshold=0.15,interval=1,stride=61)',
  backend: 'onnx',
  steps: 30,
  guidance: 3,
  seed: 7,
};

/** Bounds of the numbers. */
export const bounds = {
  steps: { min: 2, max: 100, integer: true },
  guidance: { min: 1, max: 10, integer: false },
  seed: { min: 0, max: 2 ** 32 - 1, integer: true },
} as const;

/** A setting that is a number. */
export type NumberSetting = keyof typeof bounds;

/** The number in a text, when the setting may have it. */
export function readNumberSetting(name: NumberSetting, text: string): number | undefined {
  const { min, max, integer } = bounds[name];
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const fits = value >= min && value <= max && (!integer || Number.isInteger(value));
  return fits ? value : undefined;
}

/** What a number must be, in words. */
export function expectedNumber(name: NumberSetting): string {
  const { min, max, integer } = bounds[name];
  return `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
}
