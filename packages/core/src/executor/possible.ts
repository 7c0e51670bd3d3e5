import { PolicyError } from '../errors.ts';
import type { Indicator } from '../indicator/indicator.ts';
import type { Stream } from '../pass/site.ts';
import {
  outputOf,
  SAMPLE,
  type ComputeDecision,
  type Decision,
  type Entry,
  type ReuseDecision,
} from '../policy/decision.ts';
import type { Needs, Policy } from '../policy/policy.ts';

/** Where a decision is taken, and what bounds it. */
interface Place {
  readonly site: number;
  readonly stream: Stream;
  readonly needs: Needs;
  /** The last position that the policy may reach. */
  readonly end: number;
}

/**
 * Refuses a decision that cannot be carried out at a position.
 *
 * @throws PolicyError `POLICY_CONTRACT` that says what is wrong with it
 */
export function requirePossible(
  decision: Decision,
  site: number,
  stream: Stream,
  { id, needs }: Pick<Policy, 'id' | 'needs'>,
): void {
  const end = needs.model ? outputOf(stream.length) : stream.length;
  const problem = problemWith(decision, { site, stream, needs, end });
  if (problem)
    throw new PolicyError(
      'POLICY_CONTRACT',
      `[core] ${id} gave an impossible decision at site ${site}: ${problem}`,
    );
}

function problemWith(decision: Decision, place: Place): string | undefined {
  const { site, end } = place;
  const verb: unknown = (decision as Decision | undefined)?.do;
  if (verb !== 'measure' && verb !== 'compute' && verb !== 'reuse')
    return `expected to measure, compute or reuse, got ${String(verb)}`;
  if (decision.do === 'measure') {
    if (decision.what.length === 0) return 'it measures nothing';
    return indicatorsProblem(decision.what, site, place);
  }
  const { until } = decision;
  if (!Number.isInteger(until) || until <= site || until > end)
    return `its span ends at ${until}, expected an integer from ${site + 1} to ${end}`;
  return decision.do === 'reuse' ? reuseProblem(decision, place) : computeProblem(decision, place);
}

function computeProblem(
  { until, keep, measure, products = [] }: ComputeDecision,
  place: Place,
): string | undefined {
  const { site, end, stream } = place;
  const outside = keep.find((entry) => !isSpan(entry, site, end) || entry.from >= until);
  if (outside)
    return `it keeps ${outside.from}–${outside.until}, expected an entry that starts inside ${site}–${until} and ends by ${end}`;
  const unkept = products.find((entry) => !keep.includes(entry) || entry.until > until);
  if (unkept)
    return `it wants products of ${unkept.from}–${unkept.until}, which it does not keep inside ${site}–${until}`;
  const problem = firstProblem(keep, (entry) => valueProblem(entry, stream));
  return problem ?? indicatorsProblem(measure, until, place);
}

function isSpan({ from, until }: Pick<Entry, 'from' | 'until'>, start: number, end: number): boolean {
  return Number.isInteger(from) && Number.isInteger(until) && from >= start && from < until && until <= end;
}

function firstProblem<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  return items.map(look).find((problem) => problem !== undefined);
}

/** Indicators of a look have the site itself as their end: nothing is computed there yet. */
function indicatorsProblem(all: readonly Indicator[], until: number, place: Place): string | undefined {
  const names = all.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `it measures "${twice}" twice`;
  return firstProblem(all, ({ name, tap, stride = 1 }) => {
    if (!Number.isInteger(stride) || stride < 1)
      return `the stride of indicator "${name}" is ${stride}, expected an integer of at least 1`;
    return isWithinReach(tap, until, place)
      ? undefined
      : `indicator "${name}" looks outside ${place.site}–${until}; measure it where it is computed`;
  });
}

function isWithinReach(tap: Indicator['tap'], until: number, { site, stream, end }: Place): boolean {
  const { length } = stream;
  if (tap.of === 'conditioning') return until > SAMPLE && stream.conditioning.includes(tap.name);
  if (tap.of === 'residual') {
    // A difference is taken within the stream, or of the whole model; the frame and the stream have shapes of their own.
    const whole = tap.from === SAMPLE && tap.until === outputOf(length);
    return isSpan(tap, site, until) && (whole || (tap.from >= 0 && tap.until <= length));
  }
  if (!Number.isInteger(tap.at) || tap.at < site || tap.at > end) return false;
  if (tap.of === 'stream') return tap.at <= until;
  if (tap.of === 'value' && site === until) return false;
  return tap.at >= 0 && tap.at < length && (site === until ? tap.at === site : tap.at < until);
}

function reuseProblem(decision: ReuseDecision, { site, stream, needs, end }: Place): string | undefined {
  const { until, form, weights, steps, borrowed = [], measure = [] } = decision;
  const { length } = stream;
  if ((site === SAMPLE) !== (until === outputOf(length)))
    return `it reuses ${site}–${until}: the model is reused as a whole, or from inside the stream`;
  if (weights.length + borrowed.length === 0) return 'it combines 0 past features';
  if (weights.length > needs.history)
    return `it combines ${weights.length} past features, expected 1 to ${needs.history} (needs.history)`;
  if (steps && steps.length !== weights.length)
    return `it names ${steps.length} steps for ${weights.length} weights`;
  const factors = [...weights, ...borrowed.map(({ weight }) => weight)];
  if (!factors.every(Number.isFinite)) return `its weights are not finite: ${factors.join(', ')}`;
  if (measure.length > 0 && form !== 'value') return `it measures while it reuses a span: only values can`;
  return (
    valueProblem({ from: site, until, form }, stream) ??
    indicatorsProblem(measure, until, { site, stream, needs, end })
  );
}

function valueProblem({ from, until, form }: Entry, stream: Stream): string | undefined {
  if (form !== 'value') return undefined;
  if (stream.inner.length === 0) return 'it uses the value of an inner site, but the runner has none';
  return until === from + 1 && from >= 0 && until <= stream.length
    ? undefined
    : `the value of one inner site spans one position, got ${from}–${until}`;
}
