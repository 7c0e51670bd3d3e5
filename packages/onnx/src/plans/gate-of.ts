import type { Decision, Entry, Json, Policy, Position, RunShape, Stream, TapRequest } from '@refrain/core';

/** A span that is reused as a whole, and how it is remembered. */
export interface PlannedGate {
  /** Position where it starts: the policy has decided by then. */
  readonly from: number;
  /** Position where it ends. */
  readonly until: number;
  /** What is cached of it. */
  readonly form: 'residual' | 'output';
  /** What the policy looks at before the first block. */
  readonly look: readonly TapRequest[];
}

/** How many steps a policy is asked about, to see what it does: it may compute some without saying more. */
const FEW = 3;

/** How often it may look in a step. */
const MOST_LOOKS = 16;

/**
 * The one span that a policy reuses as a whole, wherever in the stream; undefined for policies that reuse several, or modules
 * inside blocks. The policy is asked about its first steps, as if nothing could be measured in them.
 *
 * @param policy - what will decide
 * @param stream - the sites of the model
 */
export function gateOf(policy: Policy, stream: Stream): PlannedGate | undefined {
  const decisions = firstDecisions(policy, runOf(stream));
  const entries = decisions.flatMap(({ decision, site }) => entriesOf(decision, site));
  const [entry, ...others] = entries;
  if (!entry || entry.form === 'value' || others.some((other) => !isSame(entry, other))) return undefined;
  const { from, until, form } = entry;
  const ends = new Set([0, from, until, stream.length]);
  const aligned = decisions.every(
    ({ decision, site }) => ends.has(site) && (decision.do === 'measure' || ends.has(decision.until)),
  );
  const looks = decisions.flatMap(({ decision, site }) =>
    decision.do === 'measure' && site === 0 ? requestsOf(decision) : [],
  );
  const look = [...new Map(looks.map((request) => [JSON.stringify(request), request])).values()];
  return aligned ? { from, until, form, look } : undefined;
}

interface Asked {
  readonly site: number;
  readonly decision: Decision;
}

function firstDecisions(policy: Policy, run: RunShape): readonly Asked[] {
  const asked: Asked[] = [];
  let state = policy.init(run);
  for (let step = 0; step < FEW; step++) {
    let looks = 0;
    for (let site = 0; site < run.stream.length && looks <= MOST_LOOKS;) {
      const place = placeOf(run, step, site);
      const decision = policy.next(state, place);
      asked.push({ site, decision });
      if (decision.do === 'measure') looks += 1;
      state = after(policy, state, place, decision);
      site = decision.do === 'measure' ? site : Math.max(site + 1, decision.until);
    }
  }
  return asked;
}

/** What it remembers when a decision was carried out, without a number. Nothing is there yet to be reused. */
function after(
  policy: Policy,
  state: Json,
  { step, call, branch, site }: Position,
  decision: Decision,
): Json {
  const did = decision.do === 'measure' ? 'measured' : 'computed';
  const until = decision.do === 'measure' ? site : decision.until;
  return policy.observe(state, { step, call, branch, site, until, did, measured: {} });
}

function entriesOf(decision: Decision, site: number): readonly Entry[] {
  if (decision.do === 'measure') return [];
  if (decision.do === 'compute') return decision.keep;
  const { until, form } = decision;
  return [{ from: site, until, form }];
}

function isSame(a: Entry, b: Entry): boolean {
  return a.from === b.from && a.until === b.until && a.form === b.form && a.slot === b.slot;
}

function requestsOf({ what }: Extract<Decision, { do: 'measure' }>): readonly TapRequest[] {
  return what.flatMap(({ tap, stride }): readonly TapRequest[] =>
    tap.of === 'residual' || tap.of === 'stream' ? [] : [stride === undefined ? { tap } : { tap, stride }],
  );
}

function placeOf({ call, branch, timesteps }: RunShape, step: number, site: number): Position {
  return { step, call, branch, timestep: timesteps[step] ?? 0, site };
}

function runOf(stream: Stream): RunShape {
  const steps = 50;
  const timesteps = Array.from({ length: steps }, (_, step) => 1000 - step * 20);
  const [branch, call] = ['conditional', 0];
  return { steps, timesteps, branches: [branch], branch, call, callsPerStep: 1, stream };
}
