import {
  outputOf,
  SAMPLE,
  streamOf,
  type BlockSite,
  type Decision,
  type Indicator,
  type Json,
  type Measurement,
  type ModuleKind,
  type Policy,
  type Position,
  type RunShape,
  type Tap,
} from '@refrain/core';
import { expect } from 'vitest';

/** A pass of a replay. */
export type Place = Pick<Position, 'step' | 'branch'>;

/** A run without a runner: the policy alone, and numbers in the place of features. */
export interface ReplayOptions {
  readonly steps: number;
  readonly branches?: readonly string[];
  /** Name the architecture, blocks, inner sites … as a runner would. */
  readonly shape?: Partial<RunShape>;
  /** The number that stands for a tap in a pass; a feature of one element. */
  readonly value?: (tap: Tap, at: Place) => number;
  /** The two sums of a motion indicator. */
  readonly motion?: (at: Place) => readonly [number, number];
  /** Passes that the sampler leaves out. */
  readonly skips?: (at: Place) => boolean;
}

/** What came of a replay. */
export interface Replay {
  /** One digit a pass, in the order of the passes: 1 computed, 0 reused. */
  readonly mask: string;
  /** The same for one branch. */
  readonly masks: Readonly<Record<string, string>>;
  /** The decisions that moved a pass on, in order. */
  readonly decisions: readonly (Place & { readonly decision: Decision })[];
  /** The state after each pass. */
  readonly states: readonly Json[];
}

/** A stream of so many blocks, with the given modules in each. */
export function streamWith(blocks: number, modules: readonly ModuleKind[] = []): RunShape['stream'] {
  const width = Math.max(1, modules.length);
  const names = Array.from({ length: blocks }, (_, index) => `b${index}`);
  return streamOf([
    ...names.map((name, index): BlockSite => {
      const from = index * width;
      return { level: 'block', name, family: 'toy', from, until: from + width, modulated: true };
    }),
    ...names.flatMap((block, index) =>
      modules.map((kind, order) => {
        const from = index * width + order;
        return { level: 'inner' as const, name: `${block}/${order}`, kind, block, from, until: from + 1 };
      }),
    ),
  ]);
}

/** The shape of a run of two plain blocks, unless said otherwise. */
export function shapeOf({ steps, branches = ['conditional'], shape = {} }: ReplayOptions): RunShape {
  return {
    steps,
    timesteps: Array.from({ length: steps }, (_, step) => 1000 - step),
    branches,
    branch: branches[0] ?? '',
    call: 0,
    callsPerStep: 1,
    stream: streamWith(2),
    ...shape,
  };
}

/** Asks a policy through a whole run, as the executor would; reuse of what was never kept fails. */
export function replay(policy: Policy, options: ReplayOptions): Replay {
  const run = shapeOf(options);
  const common: Lane = { state: policy.init(run), references: new Map(), kept: new Set() };
  const lanes = new Map(
    run.branches.map((branch): [string, Lane] => {
      const own: Lane = { state: policy.init({ ...run, branch }), references: new Map(), kept: new Set() };
      return [branch, own];
    }),
  );
  const decisions: (Place & { decision: Decision })[] = [];
  const states: Json[] = [];
  const masks: Record<string, string> = {};
  let mask = '';
  for (let step = 0; step < run.steps; step++)
    for (const branch of run.branches) {
      if (options.skips?.({ step, branch })) continue;
      const lane = lanes.get(branch) ?? common;
      const memory = policy.shared ? common : lane;
      const taken = walk(policy, { run, options, lane, memory }, { step, branch });
      const digit = taken.some(({ do: verb }) => verb === 'compute') ? '1' : '0';
      mask += digit;
      masks[branch] = (masks[branch] ?? '') + digit;
      decisions.push(...taken.map((decision) => ({ step, branch, decision })));
      states.push(memory.state);
    }
  return { mask, masks, decisions, states };
}

interface Lane {
  state: Json;
  readonly references: Map<string, number>;
  readonly kept: Set<string>;
}

interface Context {
  readonly run: RunShape;
  readonly options: ReplayOptions;
  readonly lane: Lane;
  /** Where the state lives. */
  readonly memory: Pick<Lane, 'state'>;
}

function walk(policy: Policy, { run, options, lane, memory }: Context, at: Place): readonly Decision[] {
  const { length } = run.stream;
  const end = policy.needs.model ? outputOf(length) : length;
  const taken: Decision[] = [];
  const pending = new Map<string, number>();
  let site = policy.needs.model ? SAMPLE : 0;
  while (site < end) {
    const place = { ...at, site, call: 0, timestep: run.timesteps[at.step] ?? 0 };
    const decision = policy.next(memory.state, place);
    if (decision.do === 'compute') for (const [name, value] of pending) lane.references.set(name, value);
    if (decision.do !== 'measure') pending.clear();
    const measured: Record<string, Measurement> = {};
    for (const indicator of decision.do === 'measure' ? decision.what : measuredBy(decision)) {
      const value = options.value?.(indicator.tap, at) ?? Number.NaN;
      measured[indicator.name] = measure(indicator, value, lane, options.motion?.(at));
      if (indicator.against === 'seen' || decision.do === 'compute')
        lane.references.set(indicator.name, value);
      else if (indicator.against === 'computed') pending.set(indicator.name, value);
    }
    if (decision.do === 'compute') for (const entry of decision.keep) lane.kept.add(keyOf(entry));
    if (decision.do === 'reuse') expect(lane.kept).toContain(keyOf({ ...decision, from: site }));
    const until = decision.do === 'measure' ? site : decision.until;
    expect(until).toBeLessThanOrEqual(end);
    const did = ({ measure: 'measured', compute: 'computed', reuse: 'reused' } as const)[decision.do];
    memory.state = policy.observe(memory.state, { ...place, until, did, measured });
    expect(JSON.parse(JSON.stringify(memory.state))).toStrictEqual(memory.state);
    if (decision.do !== 'measure') taken.push(decision);
    site = until;
  }
  return taken;
}

function measuredBy(decision: Decision): readonly Indicator[] {
  return decision.do === 'measure' ? decision.what : (decision.measure ?? []);
}

function keyOf(entry: { readonly from: number; readonly until: number; readonly form: string }): string {
  return `${entry.from}–${entry.until} ${entry.form}`;
}

function measure(
  { name, quantity = 'change' }: Indicator,
  value: number,
  { references }: Lane,
  motion: readonly [number, number] = [Number.NaN, Number.NaN],
): Measurement {
  if (typeof quantity === 'object')
    return { kind: 'sums', numerator: motion[0], denominator: motion[1], count: 1 };
  if (quantity === 'magnitude') return { kind: 'sums', numerator: Math.abs(value), denominator: 1, count: 1 };
  const reference = references.get(name);
  if (reference === undefined) return { kind: 'no-reference' };
  if (quantity === 'token-norms')
    return { kind: 'sums', numerator: Math.abs(value / reference), denominator: 1, count: 1 };
  const numerator = Math.abs(Math.fround(value) - Math.fround(reference));
  return { kind: 'sums', numerator, denominator: Math.abs(reference), count: 1 };
}
