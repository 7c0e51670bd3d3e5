import type { Json } from '../../json.ts';
import { entryOf, isSame, positionOf } from '../combinators/carried.ts';
import type { CombinationRule } from '../combinators/combination.ts';
import { knownEntries } from '../combinators/known-entries.ts';
import { arrived, nothingWaits, type WaitingEntries } from '../combinators/waiting-entries.ts';
import {
  productsOf,
  type ComputeDecision,
  type Decision,
  type Entry,
  type Observation,
  type ReuseDecision,
} from '../decision.ts';
import type { Needs, Policy, Position, RunShape } from '../policy.ts';
import { noHistory, withForecast, withValue, type ForecastMethod, type History } from './history.ts';

/** What forecasts remember of a branch. */
export type ForecastMemory = {
  readonly timesteps: readonly number[];
  /** From this step on nothing is reused any more. */
  readonly end: number;
  /** Of all entries that are known, in any order. */
  readonly histories: readonly History[];
  /** Values of the current pass that are not kept yet. */
  readonly waiting: WaitingEntries;
};

/**
 * A rule that lets a policy decide when to reuse, and replaces what is reused as it is by a forecast over the history
 * of the entry. So that histories have no gaps, the entries that the policy uses anywhere in the run are kept at every
 * step that computes them.
 */
export function forecasting(policy: Policy, method: ForecastMethod): CombinationRule<ForecastMemory> {
  const next = (own: ForecastMemory, [state = null]: readonly Json[], at: Position): Decision => {
    const decision = policy.next(state, at);
    if (decision.do === 'measure') return decision;
    return decision.do === 'compute'
      ? keeping(own, decision, at, method)
      : forecast(own, decision, at, method);
  };
  return {
    needs: needsOf(policy.needs, method),
    limits: (run) => policy.limits(run),
    begin: (run) => begin(policy, run),
    next,
    observe(own, inner, seen) {
      const [state = null] = inner;
      if (isWithoutEffect(own, seen, method)) return { own, inner: [policy.observe(state, seen)] };
      const at = positionOf(seen, own.timesteps);
      const decision = next(own, inner, at);
      return {
        own: remembered(own, decision, seen, method),
        inner: [
          policy.observe(state, method.products ? withoutOurs(seen, decision, policy.next(state, at)) : seen),
        ],
      };
    },
  };
}

/** Only what was kept, or forecast by one that remembers forecasts, changes a history. */
function isWithoutEffect(
  { waiting }: ForecastMemory,
  { did, step }: Observation,
  { recursive }: ForecastMethod,
): boolean {
  if (did === 'measured') return true;
  const waits = waiting.step === step && waiting.entries.length > 0;
  return did === 'reused' && !recursive && !waits;
}

function needsOf(needs: Needs, { depth, products }: ForecastMethod): Needs {
  const operations = [...new Set([...(needs.operations ?? []), ...(products ? ['products' as const] : [])])];
  return {
    ...needs,
    history: Math.max(needs.history, depth),
    ...(operations.length > 0 && { operations }),
  };
}

function begin(policy: Policy, run: RunShape): ForecastMemory {
  const { timesteps, steps } = run;
  const known = knownEntries(policy, run);
  return {
    timesteps,
    end: steps - policy.limits(run).tail,
    histories: known.map(noHistory),
    waiting: nothingWaits,
  };
}

/** Keeps what the policy may reuse later, although it need not for a plain reuse. */
function keeping(
  { histories, end }: ForecastMemory,
  decision: ComputeDecision,
  { site, step }: Position,
  { depth, products }: ForecastMethod,
): ComputeDecision {
  // What is kept now serves a later step, and a history of one is as long as the policy's own.
  if (step + 1 >= end || depth === 1) return decision;
  const more = histories.filter(
    ({ entry }) =>
      entry.from >= site &&
      entry.until <= decision.until &&
      !decision.keep.some((mine) => isSame(mine, entry)),
  );
  if (more.length === 0 && !products) return decision;
  const keep = [...decision.keep, ...more.map(({ entry }): Entry => entry)];
  const wanted = products ? keep.filter(({ until }) => until <= decision.until) : [];
  return {
    ...decision,
    keep,
    ...(wanted.length > 0 && { products: [...new Set([...(decision.products ?? []), ...wanted])] }),
  };
}

/** Only plain reuse is replaced: who weighs or borrows has a forecast already. */
function forecast(
  { histories }: ForecastMemory,
  decision: ReuseDecision,
  { site, step }: Position,
  method: ForecastMethod,
): ReuseDecision {
  const entry = entryOf(decision, site);
  const history = histories.find((one) => isSame(one.entry, entry));
  const { weights, steps, borrowed = [] } = decision;
  if (weights.length !== 1 || weights[0] !== 1 || borrowed.length > 0) return decision;
  // Who names the newest step means plain reuse too.
  if (!history || history.steps.length === 0 || (steps && steps[0] !== history.steps[0])) return decision;
  const forecasted = method.weights(history, step);
  if (!forecasted.every(Number.isFinite)) return decision;
  if (forecasted.length === 1 && forecasted[0] === 1) return decision;
  return withWeights(decision, forecasted, history.steps.slice(0, forecasted.length));
}

/** Written out: adding a field to a copy is slow, and searches ask for very many forecasts. */
function withWeights(
  { until, form, slot, measure, why }: ReuseDecision,
  weights: readonly number[],
  steps: readonly number[],
): ReuseDecision {
  return {
    do: 'reuse',
    until,
    form,
    weights,
    steps,
    why,
    ...(slot !== undefined && { slot }),
    ...(measure && { measure }),
  };
}

function remembered(
  own: ForecastMemory,
  decision: Decision,
  seen: Observation,
  method: ForecastMethod,
): ForecastMemory {
  const { step, site, did, refused, measured } = seen;
  const { kept, waiting } = arrived(own.waiting, decision, seen);
  if (kept.length === 0 && did !== 'reused' && waiting === own.waiting) return own;
  const histories = [...own.histories];
  const change = (entry: Entry, changed: (history: History) => History): void => {
    const known = histories.findIndex((one) => isSame(one.entry, entry));
    const history = histories[known] ?? noHistory(entry);
    histories[known < 0 ? histories.length : known] = changed(history);
  };
  // What was only too old is still there; after other refusals the cache begins anew, or has what we do not know of.
  const anew = refused !== undefined && refused !== 'too-old';
  for (const entry of kept) {
    const measurement = method.products && measured[productsOf(entry)];
    const row = measurement?.kind === 'products' ? measurement.values : null;
    change(entry, (history) => withValue(history, method, { step, row, anew }));
  }
  if (did === 'reused' && decision.do === 'reuse')
    change(entryOf(decision, site), (history) => withForecast(history, step));
  return { timesteps: own.timesteps, end: own.end, histories, waiting };
}

/** The policy sees what it asked for: some take a measurement for a sign that they have looked. */
function withoutOurs(seen: Observation, ours: Decision, its: Decision): Observation {
  if (ours.do !== 'compute' || !ours.products) return seen;
  const asked = new Set((its.do === 'compute' ? (its.products ?? []) : []).map(productsOf));
  const added = new Set(ours.products.map(productsOf).filter((name) => !asked.has(name)));
  const measured = Object.entries(seen.measured).filter(([name]) => !added.has(name));
  return { ...seen, measured: Object.fromEntries(measured) };
}
