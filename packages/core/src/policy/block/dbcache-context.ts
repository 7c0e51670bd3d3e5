import { noneCached, type CacheDitCounters } from './cache-dit-rules.ts';
import type { DbcacheOptions } from './dbcache-options.ts';
import type { Reason } from '../reason.ts';

/** What DBCache remembers of one guidance branch since its last refresh. */
export type DbcacheContext = {
  readonly branch: string;
  /** The step with which it began: all rules count from there. */
  readonly origin: number;
  /** Whether a refresh that happens once has happened. */
  readonly refreshed: boolean;
  /** Whether the middle blocks were computed since: there is something to compare with and to reuse. */
  readonly computed: boolean;
  readonly counters: CacheDitCounters;
  /** What the current step will do, once its indicator is in. */
  readonly verdict: { readonly step: number; readonly reuse: boolean; readonly why: Reason } | null;
};

/** A context that begins at a step. */
export function newContext(branch: string, origin: number, refreshed: boolean): DbcacheContext {
  return { branch, origin, refreshed, computed: false, counters: noneCached, verdict: null };
}

/** A context after something was done or looked at in it. */
export function nextContext(
  { branch, origin, refreshed }: DbcacheContext,
  computed: boolean,
  counters: CacheDitCounters,
  verdict: DbcacheContext['verdict'],
): DbcacheContext {
  return { branch, origin, refreshed, computed, counters, verdict };
}

/**
 * The context for a step: a new one if a refresh is due. cache-dit starts anew for each generation, and on request after
 * `refresh` steps; it looks whether a generation is over before it counts the current call, so that its contexts change
 * one step late (`variant: 'cache-dit'`).
 */
export function contextAt(context: DbcacheContext, step: number, options: DbcacheOptions): DbcacheContext {
  const { generation, refresh, refreshPolicy } = options;
  const age = step - context.origin;
  if (generation > 0 && isOver(context.origin, step, options)) return newContext(context.branch, step, false);
  const pending = refresh > 0 && !(refreshPolicy === 'once' && context.refreshed);
  return pending && age >= refresh ? newContext(context.branch, step, true) : context;
}

function isOver(origin: number, step: number, { generation, variant }: DbcacheOptions): boolean {
  if (variant === 'cache-dit') return step - origin > generation;
  return Math.floor(step / generation) > Math.floor(origin / generation);
}
