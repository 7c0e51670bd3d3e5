import type { Json } from '../../json.ts';
import type { Observation } from '../decision.ts';
import type { Policy, Position, RunShape } from '../policy.ts';
import { positionOf } from './carried.ts';
import { nothingKept, withKept } from './kept-entries.ts';
import type { CombinationRule, Observed } from './combination.ts';
import { act, handedTo } from './act.ts';
import { advanced, outcomeOf, type OpenSpan } from './open-span.ts';
import { hear, spanAt, stateOf, type Choice, type EnsembleMemory, type Voice } from './voices.ts';

/** How several policies come to one decision. */
export interface EnsembleRule {
  /** What the ensemble promises; each of its policies is held to it, too. */
  readonly limits: Policy['limits'];
  /** True if later policies refine what earlier ones compute: to these it is computed all the same. */
  readonly refines?: true;
  /**
   * Hears policies and chooses.
   *
   * @param count - of the policies
   * @param hearOne - asks the policy of an index
   * @param at - where
   */
  choose(count: number, hearOne: (index: number) => Voice, at: Position): Choice;
}

/**
 * A rule by which several policies decide together. Each sees the pass as if it were alone: it is asked where its own
 * spans begin, and told one outcome at the end of each, whoever decided about parts of it.
 */
export function ensemble(policies: readonly Policy[], rule: EnsembleRule): CombinationRule<EnsembleMemory> {
  const chosen = (own: EnsembleMemory, inner: readonly Json[], at: Position): Choice =>
    rule.choose(policies.length, (index) => hear(policies, index, own, inner, at), at);
  return {
    limits: rule.limits,
    begin: (run) => ({
      timesteps: run.timesteps,
      length: run.stream.length,
      maxAges: agesOf(policies, rule, run),
      open: policies.map(() => null),
      depth: Math.max(1, ...policies.map(({ needs }) => needs.history)),
      kept: nothingKept(run.stream.length),
      sample: null,
    }),
    next: (own, inner, at) => act(policies, own, chosen(own, inner, at), at),
    observe(own, inner, seen) {
      const at = positionOf(seen, own.timesteps);
      const choice = chosen(own, inner, at);
      if (seen.did === 'measured') return looked(policies, own, inner, choice, seen);
      return settled(policies, rule, { own, inner }, choice, at, withSample(own, seen));
    },
  };
}

/** No policy reuses for longer than it may alone, or than the ensemble says that anything is reused. */
function agesOf(
  policies: readonly Policy[],
  { limits }: EnsembleRule,
  run: RunShape,
): readonly (number | null)[] {
  const { maxAge: all = Infinity } = limits(run);
  return policies.map((policy) => {
    const age = Math.min(policy.limits(run).maxAge ?? Infinity, all);
    return age === Infinity ? null : age;
  });
}

/** Those who looked are told what they saw. */
function looked(
  policies: readonly Policy[],
  own: EnsembleMemory,
  inner: readonly Json[],
  choice: Choice,
  seen: Observation,
): Observed<EnsembleMemory> {
  const { step, measured: all } = seen;
  // Nobody asked for this look: it is told of at the end of the spans that wanted it.
  if (choice.does !== 'measure') return { own: { ...own, sample: { step, measured: all } }, inner };
  const states = policies.map((policy, index) => {
    if (choice.voices[index]?.says !== 'measure') return inner[index] ?? null;
    const measured = handedTo(policies, index, seen, []);
    return policy.observe(stateOf(choice, inner, index), { ...seen, measured });
  });
  return { own, inner: states };
}

/** At the sample, what was seen of it belongs to what is decided there. */
function withSample({ sample }: EnsembleMemory, seen: Observation): Observation {
  if (seen.site >= 0 || sample?.step !== seen.step) return seen;
  return { ...seen, measured: { ...sample.measured, ...seen.measured } };
}

/** All spans move on; those that end here are told of. */
function settled(
  policies: readonly Policy[],
  { refines }: EnsembleRule,
  { own, inner }: Observed<EnsembleMemory>,
  choice: Choice,
  at: Position,
  seen: Observation,
): Observed<EnsembleMemory> {
  const decision = act(policies, own, choice, at);
  const states = policies.map((_, index) => stateOf(choice, inner, index));
  const open = policies.map((policy, index): OpenSpan | null => {
    const before = spanAt(own, choice, index, at);
    if (!before) return null;
    const refused = choice.by === index ? (seen.refused ?? null) : null;
    const reused = seen.did === 'reused' && (!refines || (choice.by ?? 0) <= index);
    const measured = handedTo(policies, index, seen, before.products);
    const span = advanced(before, seen.until, { measured, reused, refused });
    if (seen.until < span.until) return span;
    states[index] = policy.observe(stateOf(choice, inner, index), outcomeOf(span, seen));
    return null;
  });
  return { own: { ...own, open, kept: withKept(own.kept, own.depth, decision, seen) }, inner: states };
}
