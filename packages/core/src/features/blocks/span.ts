import { RunnerError } from '../../errors.ts';
import type { Float32Feature } from '../float32.ts';
import type { Link } from './chain.ts';
import type { BlockGuard } from './guard.ts';
import type { RunnerTap, SpanRequest, SpanResult, TapRequest } from '../../pass/runner.ts';

/** The blocks of a hand-written model in one pass. */
export interface BlockPass<Context> {
  /** Name of the runner, for messages. */
  readonly runner: string;
  /** Link k leads from position k to position k + 1. */
  readonly links: readonly Link<Context>[];
  /** What the way in returned for this pass. */
  readonly context: Context;
  readonly guard: BlockGuard;
  /** Stops the pass between two links. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a stretch of the stream, as `Pass.span` asks.
 *
 * @throws RunnerError `RUNNER_CONTRACT` if a function returned something else than a new feature, or the request asks
 *   for what the blocks do not offer
 */
export async function runSpan<Context>(
  pass: BlockPass<Context>,
  { from, until, x: start, values, taps }: SpanRequest<Float32Feature>,
): Promise<SpanResult<Float32Feature>> {
  requireStretch(pass, from, until);
  for (const { tap } of taps) requireTap(pass, tap, from, until);
  // A tap may be the very object that is returned as `x`: the caller counts references to features by identity.
  const taken: Float32Feature[] = [];
  const take = (of: RunnerTap['of'], at: number, feature: Float32Feature): void => {
    for (const [index, { tap }] of taps.entries()) if (isTap(tap, of, at)) taken[index] = feature;
  };
  let x = start;
  pass.guard.note(x);
  for (let at = from; at < until; at++) {
    pass.signal?.throwIfAborted();
    take('stream', at, x);
    if (taps.some(({ tap }) => isTap(tap, 'modulated', at)))
      take('modulated', at, await modulatedAt(pass, at, x));
    const value = await valueAt(pass, at, x, values.get(at));
    if (value !== undefined) take('value', at, value);
    x = await advance(pass, at, x, value);
  }
  take('stream', until, x);
  return { x, taps: taken };
}

/**
 * Measures modulated inputs without computing further, as `Pass.look` asks.
 *
 * @throws RunnerError `RUNNER_CONTRACT` if asked for another tap or position
 */
export async function lookAhead<Context>(
  pass: BlockPass<Context>,
  at: number,
  x: Float32Feature,
  taps: readonly TapRequest[],
): Promise<readonly Float32Feature[]> {
  requireStretch(pass, at, at + 1);
  for (const { tap } of taps) {
    if (!isTap(tap, 'modulated', at))
      throw refused(pass, `can look at the modulated input at ${at} only, not at ${textOf(tap)}`);
    requireTap(pass, tap, at, at + 1);
  }
  pass.guard.note(x);
  const looked: Float32Feature[] = [];
  for (let index = 0; index < taps.length; index++) looked.push(await modulatedAt(pass, at, x));
  return looked;
}

/** The value at an inner site, computed unless it is given; undefined where a whole block stands. */
async function valueAt<Context>(
  pass: BlockPass<Context>,
  at: number,
  x: Float32Feature,
  given: Float32Feature | undefined,
): Promise<Float32Feature | undefined> {
  const { label, source } = linkAt(pass, at);
  if ('run' in source) {
    if (given !== undefined)
      throw refused(pass, `cannot apply a value in ${label}: it is not given as modules`);
    return undefined;
  }
  if (given === undefined)
    return pass.guard.requireNew(`compute of ${label}`, await source.compute(x, pass.context));
  pass.guard.note(given);
  return given;
}

async function advance<Context>(
  { links, context, guard }: BlockPass<Context>,
  at: number,
  x: Float32Feature,
  value: Float32Feature | undefined,
): Promise<Float32Feature> {
  const { label, source } = links[at] as Link<Context>;
  if ('run' in source) return guard.requireNew(label, await source.run(x, context));
  return guard.requireNew(`apply of ${label}`, await source.apply(x, value as Float32Feature, context));
}

async function modulatedAt<Context>(
  pass: BlockPass<Context>,
  at: number,
  x: Float32Feature,
): Promise<Float32Feature> {
  const { label, source } = linkAt(pass, at);
  return pass.guard.requireNewOr(x, `modulated of ${label}`, await source.modulated?.(x, pass.context));
}

function linkAt<Context>({ links }: BlockPass<Context>, at: number): Link<Context> {
  return links[at] as Link<Context>;
}

function isTap(tap: RunnerTap, of: RunnerTap['of'], at: number): boolean {
  return tap.of !== 'conditioning' && tap.of === of && tap.at === at;
}

function requireStretch<Context>(pass: BlockPass<Context>, from: number, until: number): void {
  const whole = Number.isInteger(from) && Number.isInteger(until);
  if (whole && from >= 0 && from < until && until <= pass.links.length) return;
  throw refused(pass, `has positions 0 to ${pass.links.length} and cannot run from ${from} until ${until}`);
}

function requireTap<Context>(pass: BlockPass<Context>, tap: RunnerTap, from: number, until: number): void {
  if (tap.of === 'conditioning')
    throw refused(pass, `offers no conditioning, and ${textOf(tap)} was asked for`);
  const last = tap.of === 'stream' ? until : until - 1;
  const { at } = tap;
  if (!(at >= from && at <= last && Number.isInteger(at)))
    throw refused(pass, `cannot take ${textOf(tap)} between ${from} and ${until}`);
  if (tap.of === 'stream') return;
  const { label, source } = linkAt(pass, at);
  if (tap.of === 'modulated' && source.modulated === undefined)
    throw refused(pass, `cannot take ${textOf(tap)}: give ${label} a "modulated" function`);
  if (tap.of === 'value' && 'run' in source)
    throw refused(pass, `cannot take ${textOf(tap)}: give ${label} as modules`);
}

function textOf(tap: RunnerTap): string {
  return tap.of === 'conditioning' ? `conditioning "${tap.name}"` : `${tap.of} at ${tap.at}`;
}

function refused<Context>({ runner }: BlockPass<Context>, message: string): RunnerError {
  return new RunnerError('RUNNER_CONTRACT', `[core] runner "${runner}" ${message}`);
}
