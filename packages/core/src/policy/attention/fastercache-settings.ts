import type { OptionIssue } from '../../errors.ts';
import { constantsOf, guidanceSettings, pick, variantIssues } from '../guidance/guidance-settings.ts';
import type { FasterCacheOptions } from './fastercache.ts';
import type { FasterCacheSettings } from './fastercache-rule.ts';

/** Options that mean nothing to diffusers' rule. */
const OF_STEPS: readonly (keyof FasterCacheOptions)[] = [
  'model',
  'start',
  'offset',
  'ramp',
  'stale',
  'guidanceStart',
  'lowUntil',
  'highFrom',
];

/** Options that do not go together. */
export function fastercacheIssues(options: FasterCacheOptions): readonly OptionIssue[] {
  return [...variantIssues(options, OF_STEPS), ...offsetIssues(options)];
}

function offsetIssues(options: FasterCacheOptions): readonly OptionIssue[] {
  const { interval, offset } = fastercacheSettings(options).attention;
  if (offset < interval) return [];
  const message = `expected a remainder below the interval ${interval}, got ${offset}`;
  return [{ option: 'offset', message }];
}

/** Fills in what is `auto`. */
export function fastercacheSettings(options: FasterCacheOptions): FasterCacheSettings {
  const { attention } = constantsOf(options);
  const { variant, guidance, guidanceStart, guidanceInterval } = options;
  const guided = { ...options, start: guidanceStart, interval: guidanceInterval };
  const interval = pick(options.interval, attention.interval);
  return {
    attention: {
      variant,
      interval,
      start: pick(options.start, attention.start),
      // An interval of 1 leaves no other remainder.
      offset: interval === 1 && options.offset === 'auto' ? 0 : pick(options.offset, attention.offset),
      weight: pick(options.weight, attention.weight),
      ramp: pick(options.ramp, attention.ramp),
      stale: pick(options.stale, attention.stale),
    },
    guidance: guidance === 'on' ? guidanceSettings(guided) : null,
  };
}
