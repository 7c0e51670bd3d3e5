import { laneName, streamOf, type Decision, type Indicator, type Policy, type Tap } from '@refrain/core';
import { replay, type CostModel, type Recording, type SyntheticDit } from '@refrain/sim';

/** Decisions of a run by lanes, in the order in which they were taken. */
export type Script = Map<string, Decision[]>;

/** The same policy, which writes down what it decides. */
export function scripted(policy: Policy, script: Script): Policy {
  return {
    ...policy,
    next(state, at) {
      const decision = policy.next(state, at);
      const lane = laneName(at.branch, at.call);
      const decisions = script.get(lane);
      if (decisions) decisions.push(decision);
      else script.set(lane, [decision]);
      return decision;
    },
  };
}

/**
 * What a run of a synthetic DiT would have cost on a real device: its decisions replayed as they were taken, with the
 * accounting of every other replay.
 *
 * @param dit - the model that was run
 * @param policy - under which it was run
 * @param script - from {@link scripted}
 * @param costs - of the real model, for as many positions as the synthetic one has
 */
export function priceRun(
  dit: SyntheticDit,
  policy: Policy,
  script: Script,
  costs: CostModel,
): { readonly seconds: number; readonly plainSeconds: number; readonly speedup: number } {
  const { seconds, plainSeconds, speedup } = replay(playBack(policy, script), blankOf(dit), { costs });
  return { seconds: seconds ?? 0, plainSeconds: plainSeconds ?? 0, speedup: speedup ?? 1 };
}

/** The one place that the blank recording has. */
const ENTRY: Tap = { of: 'stream', at: 0 };

/** The same decision, which measures as often and on sketches of the same stride, but always in the same place. */
function unseeing(decision: Decision): Decision {
  const blind = (indicators: readonly Indicator[] = []): readonly Indicator[] =>
    indicators.map(({ name, stride }) => ({
      name,
      tap: ENTRY,
      against: 'frozen',
      ...(stride !== undefined && { stride }),
    }));
  if (decision.do === 'measure') return { ...decision, what: blind(decision.what) };
  if (decision.do === 'reuse') return { ...decision, measure: blind(decision.measure) };
  const { products: _products, ...rest } = decision;
  return { ...rest, measure: blind(decision.measure) };
}

/** Takes the same decisions again, whatever it sees. */
function playBack(policy: Policy, script: Script): Policy {
  const { id, granularity, needs } = policy;
  const played: Policy<{ readonly taken: number }> = {
    id,
    granularity,
    needs,
    limits: (run) => policy.limits(run),
    init: () => ({ taken: 0 }),
    next({ taken }, { branch, call, step }) {
      const decision = script.get(laneName(branch, call))?.[taken];
      if (!decision) throw new RangeError(`${id} was played back beyond its end, at step ${step}`);
      return unseeing(decision);
    },
    observe: ({ taken }) => ({ taken: taken + 1 }),
  };
  return played;
}

/** A recording with nothing in it but the shape of the run: prices do not depend on what was measured. */
function blankOf(dit: SyntheticDit): Recording {
  const { network, branches, sampling, options } = dit;
  const { steps, timesteps } = sampling.sampler;
  return {
    model: dit.name,
    label: '',
    steps,
    timesteps,
    branches,
    callsPerStep: 1,
    guidance: options.guidance,
    stream: streamOf(dit.sites, dit.conditioning),
    wholeModel: true,
    bytesPerElement: Float32Array.BYTES_PER_ELEMENT,
    stride: 1,
    taps: [{ tap: ENTRY, elements: network.tokens * network.channels }],
    lanes: branches.map((branch) => ({
      branch,
      call: 0,
      change: new Float32Array(steps * steps),
      magnitude: new Float32Array(steps).fill(1),
    })),
  };
}
