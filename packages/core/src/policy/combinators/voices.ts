import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import type { Json } from '../../json.ts';
import {
  SAMPLE,
  type Decision,
  type Entry,
  type MeasureDecision,
  type Refusal,
  type ReuseDecision,
} from '../decision.ts';
import type { Policy, Position } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { entryOf, frameEnd } from './carried.ts';
import { keptSteps, type KeptEntries } from './kept-entries.ts';
import { slotsOf } from './names.ts';
import { covers, openSpan, type OpenSpan, type Plain } from './open-span.ts';

/** What an ensemble remembers of a branch. */
export type EnsembleMemory = {
  readonly timesteps: readonly number[];
  readonly length: number;
  /** For each policy how old an entry may be that it reuses; null for any age. */
  readonly maxAges: readonly (number | null)[];
  /** For each policy the span about which it has decided, if the pass is in the middle of it. */
  readonly open: readonly (OpenSpan | null)[];
  /** How many steps of an entry are remembered. */
  readonly depth: number;
  /** What the cache holds. */
  readonly kept: KeptEntries;
  /** What was seen of the sample before the model was entered, and at which step. */
  readonly sample: {
    readonly step: number;
    readonly measured: Readonly<Record<string, Plain<Measurement>>>;
  } | null;
};

/** What one policy of an ensemble says about a position. */
export type Voice = Heard & {
  /** The state of a policy that was asked, if asking it has changed that: see {@link asked}. */
  readonly state?: Json;
};

type Heard =
  /** It wants to look first. */
  | { readonly says: 'measure'; readonly decision: MeasureDecision }
  /** It would reuse, and what it would use is there. */
  | {
      readonly says: 'reuse';
      readonly span: OpenSpan;
      readonly decision: ReuseDecision;
      readonly end: number;
    }
  /** It computes, or must, since it cannot reuse what it would. */
  | {
      readonly says: 'compute';
      readonly span: OpenSpan;
      readonly why: Reason | undefined;
      readonly end: number;
    }
  /** It has decided before, and computes up to here. */
  | { readonly says: 'open'; readonly span: OpenSpan; readonly end: number }
  /** It is not asked before this position. */
  | { readonly says: 'nothing'; readonly end: number };

type ReuseVoice = Extract<Heard, { says: 'reuse' }> & Pick<Voice, 'state'>;

/** What an ensemble has come to: who wants to looks first; or one reuses; or all compute. */
export interface Choice {
  /** Of the policies that were heard, in their order. */
  readonly voices: readonly Voice[];
  readonly does: 'measure' | 'reuse' | 'compute';
  /** Whose reuse it is. */
  readonly by?: number;
}

/** The span of a policy at a position: the one that it has just decided about, or one in whose middle the pass is. */
export function spanAt(
  own: EnsembleMemory,
  { voices }: Choice,
  index: number,
  at: Position,
): OpenSpan | undefined {
  const voice = voices[index];
  if (voice && 'span' in voice) return voice.span;
  const open = own.open[index];
  return open && covers(open, at) ? open : undefined;
}

/** The state of a policy after it was heard. */
export function stateOf({ voices }: Choice, inner: readonly Json[], index: number): Json {
  return voices[index]?.state ?? inner[index] ?? null;
}

/** Asks one policy of an ensemble about a position, unless it has decided about it. */
export function hear(
  policies: readonly Policy[],
  index: number,
  own: EnsembleMemory,
  inner: readonly Json[],
  at: Position,
): Voice {
  const policy = policies[index];
  const open = own.open[index];
  if (open && covers(open, at)) return { says: 'open', span: open, end: open.until };
  const end = policy && frameEnd(policy, at.site, own.length);
  if (!policy || end !== undefined) return { says: 'nothing', end: end ?? Infinity };
  const { decision, state } = asked(policy, inner[index] ?? null, at);
  if (decision.do === 'measure') return { says: 'measure', decision, state };
  const span = openSpan(decision, at);
  if (decision.do === 'compute') return { says: 'compute', span, why: decision.why, end: span.until, state };
  const voice = { says: 'reuse', span, decision, end: span.until, state } as const;
  return checked(voice, own, at, { outside: slotsOf(policy, index).outside, maxAge: own.maxAges[index] });
}

/** A policy that goes on looking without deciding is at fault; the executor will say so. */
const MOST_LOOKS = 16;

/**
 * Asks a policy. Where others have taken the beginning of a pass from the cache, it may want to look at what the pass has
 * left behind: it is told at once that nothing was seen there, and asked again.
 */
function asked(
  policy: Policy,
  before: Json,
  at: Position,
): { readonly decision: Decision; readonly state: Json } {
  let state = before;
  let decision = policy.next(state, at);
  for (let looks = 0; decision.do === 'measure' && looks < MOST_LOOKS; looks++) {
    const what = decision.what.filter(({ tap }) => isHere(tap, at.site));
    if (what.length > 0) return { decision: { ...decision, what }, state };
    const { step, call, branch, site } = at;
    state = policy.observe(state, { step, call, branch, site, until: site, did: 'measured', measured: {} });
    decision = policy.next(state, at);
  }
  return { decision, state };
}

function isHere(tap: Indicator['tap'], site: number): boolean {
  if (tap.of === 'conditioning') return site > SAMPLE;
  return (tap.of === 'stream' || tap.of === 'modulated') && tap.at === site;
}

/** A reuse for which the cache has too little, or values of other steps or older ones than allowed, is not asked of the executor. */
function checked(
  voice: ReuseVoice,
  { kept }: EnsembleMemory,
  { site, step }: Position,
  {
    outside,
    maxAge,
  }: { readonly outside: (entry: Entry) => Entry; readonly maxAge: number | null | undefined },
): Voice {
  const { weights, steps } = voice.decision;
  if (weights.length === 0) return voice;
  const made = keptSteps(kept, outside(entryOf(voice.decision, site)));
  if (made.length < weights.length) return declined(voice, NOTHING, 'nothing-cached');
  if (steps?.some((wanted, index) => made[index] !== wanted)) return declined(voice, OTHERS, 'other-history');
  const limit = maxAge ?? Infinity;
  const age = step - (made[0] ?? step);
  return age > limit ? declined(voice, { kind: 'age-limit', age: age - 1, limit }) : voice;
}

const NOTHING = { kind: 'rule', text: 'nothing is cached for this span' } as const;
const OTHERS = { kind: 'rule', text: 'what is cached for this span is of other steps' } as const;

/** A policy that would reuse, and must not: it computes, and is told so. */
export function declined(
  { span, end, state }: ReuseVoice,
  why?: Reason,
  refused: Refusal = 'too-old',
): Voice {
  return { says: 'compute', span: { ...span, refused }, why, end, ...(state !== undefined && { state }) };
}
