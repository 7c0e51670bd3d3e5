import { PolicyError, RunnerError } from '../errors.ts';
import type { Indicator } from '../indicator/indicator.ts';
import type { SpanResult } from '../pass/runner.ts';
import type { Stream } from '../pass/site.ts';
import type { Decision, Entry } from '../policy/decision.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Refuses a decision that cannot be carried out at a position.
 *
 * @throws PolicyError `POLICY_CONTRACT` that says what is wrong with it
 */
export function requirePossible(
  decision: Decision,
  site: number,
  stream: Stream,
  policy: Pick<Policy, 'id' | 'needs'>,
): void {
  const problem = problemWith(decision, site, stream, policy.needs.history);
  if (problem)
    throw new PolicyError(
      'POLICY_CONTRACT',
      `[core] ${policy.id} gave an impossible decision at site ${site}: ${problem}`,
    );
}

function problemWith(decision: Decision, site: number, stream: Stream, history: number): string | undefined {
  const verb: unknown = (decision as Decision | undefined)?.do;
  if (verb !== 'measure' && verb !== 'compute' && verb !== 'reuse')
    return `expected to measure, compute or reuse, got ${String(verb)}`;
  if (decision.do === 'measure') {
    if (decision.what.length === 0) return 'it measures nothing';
    return indicatorsProblem(decision.what, site, site, stream);
  }
  const { until } = decision;
  if (!Number.isInteger(until) || until <= site || until > stream.length)
    return `its span ends at ${until}, expected an integer from ${site + 1} to ${stream.length}`;
  if (decision.do === 'reuse') return reuseProblem(decision, site, stream, history);
  const outside = decision.keep.find((entry) => !isInside(entry, site, until));
  if (outside) return `it keeps ${outside.from}–${outside.until}, which is not inside ${site}–${until}`;
  const problem = firstProblem(decision.keep, (entry) => valueProblem(entry, stream));
  return problem ?? indicatorsProblem(decision.measure, site, until, stream);
}

function isInside({ from, until }: Pick<Entry, 'from' | 'until'>, site: number, end: number): boolean {
  return Number.isInteger(from) && Number.isInteger(until) && from >= site && from < until && until <= end;
}

function firstProblem<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  return items.map(look).find((problem) => problem !== undefined);
}

/** Indicators of a look have `from` equal to `until`: nothing is computed there yet. */
function indicatorsProblem(
  all: readonly Indicator[],
  from: number,
  until: number,
  stream: Stream,
): string | undefined {
  const names = all.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `it measures "${twice}" twice`;
  return firstProblem(all, ({ name, tap, stride = 1 }) => {
    if (!Number.isInteger(stride) || stride < 1)
      return `the stride of indicator "${name}" is ${stride}, expected an integer of at least 1`;
    return isWithinReach(tap, from, until, stream)
      ? undefined
      : `indicator "${name}" looks outside ${from}–${until}; measure it where it is computed`;
  });
}

function isWithinReach(tap: Indicator['tap'], from: number, until: number, stream: Stream): boolean {
  if (tap.of === 'conditioning') return stream.conditioning.includes(tap.name);
  if (tap.of === 'residual') return isInside(tap, from, until);
  if (tap.of === 'modulated' && from === until) return tap.at === from;
  return (
    Number.isInteger(tap.at) && tap.at >= from && (tap.of === 'stream' ? tap.at <= until : tap.at < until)
  );
}

function reuseProblem(
  decision: Extract<Decision, { do: 'reuse' }>,
  site: number,
  stream: Stream,
  history: number,
): string | undefined {
  const { until, form, weights } = decision;
  if (weights.length === 0 || weights.length > history)
    return `it combines ${weights.length} past features, expected 1 to ${history} (needs.history)`;
  if (!weights.every(Number.isFinite)) return `its weights are not finite: ${weights.join(', ')}`;
  return valueProblem({ from: site, until, form }, stream);
}

function valueProblem({ from, until, form }: Entry, stream: Stream): string | undefined {
  if (form !== 'value') return undefined;
  if (stream.inner.length === 0) return 'it uses the value of an inner site, but the runner has none';
  return until === from + 1
    ? undefined
    : `the value of one inner site spans one position, got ${from}–${until}`;
}

/**
 * Refuses a span result that breaks the contract of runners: the wrong number of features, or the input handed back.
 *
 * @throws RunnerError `RUNNER_CONTRACT`
 */
export function requireResult<Feature extends object>(
  result: SpanResult<Feature>,
  taps: number,
  input: Feature,
  runner: string,
): void {
  const problem = resultProblem(result, taps, input);
  if (problem) throw new RunnerError('RUNNER_CONTRACT', `[core] runner "${runner}": ${problem}`);
}

function resultProblem<Feature extends object>(
  result: SpanResult<Feature> | undefined,
  taps: number,
  input: Feature,
): string | undefined {
  const x: unknown = result?.x;
  if (typeof x !== 'object' || x === null)
    return `a span must return { x, taps } with a feature x, got ${typeof x}`;
  // Updated in place, the residual would be zero and the cache would repeat the wrong feature for ever.
  if (x === input)
    return 'a span returned the very feature it was given; return a new one, never update it in place';
  const got: unknown = result?.taps;
  if (!Array.isArray(got)) return `a span must return a list of taps, got ${typeof got}`;
  if (got.length !== taps) return `${taps} taps were requested and ${got.length} returned`;
  const missing = got.findIndex((tap) => typeof tap !== 'object' || tap === null);
  return missing < 0 ? undefined : `tap ${missing} is ${String(got[missing])}, expected a feature`;
}

/**
 * Refuses a list of early looks that does not fit what was asked for.
 *
 * @throws RunnerError `RUNNER_CONTRACT`
 */
export function requireLooked(looked: readonly unknown[] | undefined, wanted: number, runner: string): void {
  if (looked === undefined || (Array.isArray(looked) && looked.length === wanted)) return;
  throw new RunnerError(
    'RUNNER_CONTRACT',
    `[core] runner "${runner}": ${wanted} taps were to be looked at while entering and ${looked.length} came`,
  );
}
