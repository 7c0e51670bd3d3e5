import {
  outputOf,
  SAMPLE,
  streamOf,
  type Decision,
  type Indicator,
  type Json,
  type Measurement,
  type ModuleKind,
  type Observation,
  type Policy,
  type Position,
  type RunShape,
} from '@refrain/core';

/** A run of `steps` steps over one block of `sites` inner sites, or of as many blocks without any. */
export function shapeOf(steps: number, sites: number, modules?: ModuleKind): RunShape {
  const span = (index: number): { readonly from: number; readonly until: number } => ({
    from: index,
    until: index + 1,
  });
  const blocks = Array.from({ length: sites }, (_, index) => ({
    level: 'block' as const,
    name: `block ${index}`,
    family: 'toy',
    modulated: true,
    ...span(index),
  }));
  const inner = blocks.map(({ name, from, until }) => ({
    level: 'inner' as const,
    name: `${name}/module`,
    kind: modules ?? 'mlp',
    block: name,
    from,
    until,
  }));
  return {
    steps,
    timesteps: Array.from({ length: steps }, (_, step) => 1000 - (1000 * step) / steps),
    branches: ['conditional'],
    branch: 'conditional',
    call: 0,
    callsPerStep: 1,
    stream: streamOf(modules ? [...blocks, ...inner] : blocks),
  };
}

/** One decision of a walk, and what came of it. */
export interface Walked {
  readonly at: Position;
  readonly decision: Decision;
  readonly seen: Observation;
}

/** What a walk meets: the ratios of indicators, and reuses that are refused. */
export interface World {
  /** The ratio that an indicator shows; undefined where there is no reference. */
  ratio?(indicator: Indicator, at: Position): number | undefined;
  refuses?(at: Position): Observation['refused'];
  /** Steps that are left out. */
  skips?(step: number): boolean;
}

/** Walks a policy through a run without a model: states and decisions only. */
export function walkPurely(policy: Policy, run: RunShape, world: World = {}): readonly Walked[] {
  const walked: Walked[] = [];
  let state: Json = policy.init(run);
  const end = policy.needs.model ? outputOf(run.stream.length) : run.stream.length;
  for (let step = 0; step < run.steps; step++) {
    if (world.skips?.(step)) continue;
    let site = policy.needs.model ? SAMPLE : 0;
    while (site < end) {
      const at = { step, call: run.call, branch: run.branch, timestep: run.timesteps[step] ?? 0, site };
      const decision = policy.next(state, at);
      const seen = carryOut(decision, at, world);
      walked.push({ at, decision, seen });
      state = JSON.parse(JSON.stringify(policy.observe(state, seen))) as Json;
      site = seen.until;
    }
  }
  return walked;
}

function carryOut(decision: Decision, at: Position, world: World): Observation {
  const { step, call, branch, site } = at;
  const wanted = decision.do === 'measure' ? decision.what : (decision.measure ?? []);
  const measured = Object.fromEntries(
    wanted.map((indicator) => [indicator.name, reading(indicator, at, world)]),
  );
  const place = { step, call, branch, site, measured };
  if (decision.do === 'measure') return { ...place, until: site, did: 'measured' };
  const { until } = decision;
  if (decision.do === 'compute') return { ...place, until, did: 'computed' };
  const refused = world.refuses?.(at);
  return refused ? { ...place, until, did: 'computed', refused } : { ...place, until, did: 'reused' };
}

function reading(indicator: Indicator, at: Position, world: World): Measurement {
  const ratio = world.ratio?.(indicator, at);
  return ratio === undefined
    ? { kind: 'no-reference' }
    : { kind: 'sums', numerator: ratio, denominator: 1, count: 1 };
}

/** One character a step: 1 all computed, 0 all reused, p part of both. */
export function maskOf(walked: readonly Walked[]): string {
  const steps = [...new Set(walked.map(({ at }) => at.step))];
  return steps
    .map((step) => {
      const did = new Set(
        walked.flatMap(({ at, seen }) =>
          at.step === step && seen.did !== 'measured' && at.site >= 0 ? [seen.did] : [],
        ),
      );
      return did.size > 1 ? 'p' : did.has('computed') ? '1' : '0';
    })
    .join('');
}
