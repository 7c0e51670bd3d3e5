import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import {
  productsOf,
  SAMPLE,
  type Decision,
  type Entry,
  type Observation,
  type ReuseDecision,
} from '../decision.ts';
import type { Policy, Position } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute } from '../span.ts';
import { entryKey } from './carried.ts';
import { prefix, prefixed, slotsOf } from './names.ts';
import { measuredBeside, shareOf, type OpenSpan } from './open-span.ts';
import { reachOf } from './reach.ts';
import { spanAt, type Choice, type EnsembleMemory } from './voices.ts';

/** The span of one policy, with the policy's number. */
interface Part {
  readonly index: number;
  readonly span: OpenSpan;
}

/** The decision of an ensemble: what was chosen, with the wishes of all whose spans it belongs to. */
export function act(
  policies: readonly Policy[],
  own: EnsembleMemory,
  choice: Choice,
  at: Position,
): Decision {
  const parts = policies.flatMap((_, index): Part[] => {
    const span = spanAt(own, choice, index, at);
    return span ? [{ index, span }] : [];
  });
  if (choice.does === 'measure') return lookTogether(choice);
  const voice = choice.by === undefined ? undefined : choice.voices[choice.by];
  const policy = policies[choice.by ?? -1];
  if (choice.by !== undefined && voice?.says === 'reuse' && policy)
    return reuseFor(policy, choice.by, voice.decision, at, parts);
  return computeTogether(policies, own, choice, at, parts);
}

function lookTogether({ voices }: Choice): Decision {
  const looking = voices.flatMap((voice, index) =>
    voice.says === 'measure' ? [{ index, decision: voice.decision }] : [],
  );
  return {
    do: 'measure',
    what: looking.flatMap(({ index, decision }) => decision.what.map((one) => prefixed(one, index))),
    why: looking[0]?.decision.why ?? { kind: 'look' },
  };
}

function reuseFor(
  policy: Policy,
  by: number,
  decision: ReuseDecision,
  { site }: Position,
  parts: readonly Part[],
): Decision {
  const { measure: _, ...bare } = decision;
  const measure =
    decision.form === 'value'
      ? parts.flatMap(({ index, span }) =>
          measuredBeside(span, site, decision.until).map((one) => prefixed(one, index)),
        )
      : [];
  const reused = slotsOf(policy, by).decision(bare);
  return reused.do === 'reuse' && measure.length > 0 ? { ...reused, measure } : reused;
}

function computeTogether(
  policies: readonly Policy[],
  own: EnsembleMemory,
  { voices }: Choice,
  { site, step }: Position,
  parts: readonly Part[],
): Decision {
  const until = reachOf(
    site,
    voices.flatMap((voice) => ('end' in voice ? [voice.end] : [])),
    parts.map(({ span }) => span),
  );
  const looks = until <= 0 && own.sample?.step !== step ? sampleLooks(parts) : [];
  if (looks.length > 0) return { do: 'measure', what: looks, why: { kind: 'look' } };
  const keep = new Map<string, Entry>();
  const wanted = new Set<string>();
  const measure: Indicator[] = [];
  for (const { index, span } of parts) {
    const policy = policies[index];
    if (!policy) continue;
    const { outside } = slotsOf(policy, index);
    const share = shareOf(span, site, until);
    for (const entry of share.keep.map(outside)) keep.set(entryKey(entry), entry);
    for (const entry of share.products.map(outside)) wanted.add(entryKey(entry));
    // Up to the first position nothing is computed that could be measured: it is seen at the beginning of the stream.
    if (until > 0) measure.push(...share.measure.map((one) => prefixed(one, index)));
  }
  const products = [...keep].filter(([key]) => wanted.has(key)).map(([, entry]) => entry);
  const decision = compute(until, whyOf(voices), [...keep.values()], measure);
  return products.length > 0 ? { ...decision, products } : decision;
}

/** The sample is looked at before the model is entered, where others than who looks decide about the stream. */
function sampleLooks(parts: readonly Part[]): readonly Indicator[] {
  return parts.flatMap(({ index, span }) =>
    span.measure
      .filter(({ tap }) => tap.of === 'stream' && tap.at === SAMPLE)
      .map((one) => prefixed(one, index)),
  );
}

/** The first reason that somebody gives here; those in the middle of their spans gave theirs before. */
function whyOf(voices: Choice['voices']): Reason {
  for (const voice of voices) if (voice.says === 'compute' && voice.why) return voice.why;
  return { kind: 'always-compute' };
}

/**
 * What of an observation's measurements is for one policy, by its own names.
 *
 * @param products - entries of the policy whose inner products it wants
 */
export function handedTo(
  policies: readonly Policy[],
  index: number,
  { measured }: Observation,
  products: readonly Entry[],
): Readonly<Record<string, Measurement>> {
  const mine: Record<string, Measurement> = {};
  const start = prefix(index);
  for (const [name, measurement] of Object.entries(measured))
    if (name.startsWith(start)) mine[name.slice(start.length)] = measurement;
  const policy = policies[index];
  for (const entry of policy ? products : []) {
    const measurement = policy && measured[productsOf(slotsOf(policy, index).outside(entry))];
    if (measurement) mine[productsOf(entry)] = measurement;
  }
  return mine;
}
