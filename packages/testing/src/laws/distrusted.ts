import type { Json, Policy } from '@refrain/core';
import { alike, frozen } from './alike.ts';

/** A policy did not do the same when it was asked the same again, or could not live with what it was given. */
export class Impurity extends Error {}

/**
 * The same policy, whose state goes through JSON and is frozen between every two calls, and which is asked everything
 * twice.
 *
 * @param policy - is not trusted
 * @param onState - is told each state as text
 */
export function distrusted(policy: Policy, onState: (text: string) => void = () => {}): Policy {
  const stored = (state: Json): Json => {
    const text = JSON.stringify(state);
    onState(text);
    // Not-a-number comes back as null, which a policy must take for as unusable: what counts is what it decides.
    return frozen(JSON.parse(text) as Json);
  };
  const twice = <T>(what: string, ask: () => T): T => {
    const first = guarded(what, ask);
    if (!alike(guarded(what, ask), first))
      throw new Impurity(`${what} gives another answer when it is asked the same again`);
    return first;
  };
  return {
    ...policy,
    limits: (run) => twice('limits', () => policy.limits(frozen(run))),
    init: (run) => stored(twice('init', () => policy.init(frozen(run)))),
    next: (state, at) => twice('next', () => policy.next(state, frozen(at))),
    observe: (state, seen) => stored(twice('observe', () => policy.observe(state, frozen(seen)))),
  };
}

function guarded<T>(what: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof TypeError)
      throw new Impurity(`${what} fails on frozen data that went through JSON: ${error.message}`);
    throw error;
  }
}
