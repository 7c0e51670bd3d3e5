import {
  outputOf,
  productsOf,
  SAMPLE,
  type ComputeDecision,
  type Decision,
  type DecisionRecord,
  type Indicator,
  type Json,
  type Measurement,
  type Observation,
  type Policy,
  type Position,
  type ReuseDecision,
} from '@refrain/core';
import { timestepsOf, type RunCase } from '../cases/run-case.ts';
import { CacheModel } from './cache-model.ts';
import type { Course } from './course.ts';
import { PendingEntries } from './pending-entries.ts';
import { shapeOf, streamFor } from './shapes.ts';
import type { World } from './world.ts';

/** A policy gave a decision that cannot be carried out, or never came to one. */
export class ImpossibleDecision extends Error {
  /** What happened before it, and where it was given. */
  readonly course: Course;

  /**
   * @param message - what is wrong with it
   * @param course - up to it, with a record of the place as its last
   */
  constructor(message: string, course: Course) {
    super(message);
    this.course = course;
  }
}

/** How often a policy may look at one position before it decides, as in the executor. */
const MOST_LOOKS = 16;

type Measured = Record<string, Measurement>;

const nothing: Measured = {};

interface Lane {
  readonly branch: string;
  readonly call: number;
  readonly maxAge: number;
  /** Shared by the branches of a call where the policy says so. */
  readonly memory: { state: Json };
  /** Shared by the branches of a call, since one may borrow from another. */
  readonly cache: CacheModel;
}

/**
 * Walks a policy through a run without a model: no features, no runner, a few microseconds. What it measures comes from a
 * world of numbers, what it may reuse from a model of the cache.
 */
export class Walker {
  readonly #policy: Policy;
  readonly #run: RunCase;
  readonly #world: World;
  readonly #timesteps: readonly number[];
  readonly #lanes: readonly Lane[];
  readonly #decisions: DecisionRecord[];
  readonly #length: number;
  #passes: number;

  /**
   * @param policy - is asked
   * @param run - the shape of the run
   * @param world - what is measured
   * @param from - a walk of the same policy and run that this one goes on with, instead of it or beside it
   */
  constructor(policy: Policy, run: RunCase, world: World, from?: Walker) {
    this.#policy = policy;
    this.#run = run;
    this.#world = world;
    this.#timesteps = timestepsOf(run.steps, run.sampler);
    this.#length = streamFor(run).length;
    this.#lanes = from ? copyLanes(policy, from.#lanes) : openLanes(policy, run);
    this.#decisions = from ? [...from.#decisions] : [];
    this.#passes = from ? from.#passes : 0;
  }

  /** What was done so far. */
  get course(): Course {
    return {
      policy: this.#policy,
      run: this.#run,
      length: this.#length,
      passes: this.#passes,
      decisions: this.#decisions,
    };
  }

  /** The state of the policy in a branch and call. */
  stateOf(branch: string, call: number): Json | undefined {
    return this.#lanes.find((lane) => lane.branch === branch && lane.call === call)?.memory.state;
  }

  /** All passes, in the usual order. */
  all(): Course {
    for (let step = 0; step < this.#run.steps; step++) this.step(step);
    return this.course;
  }

  /** All passes of a step. */
  step(step: number): void {
    for (const lane of this.#lanes) this.#pass(step, lane);
  }

  /**
   * One pass.
   *
   * @throws ImpossibleDecision when the policy breaks the contract of decisions
   */
  pass(step: number, branch: string, call: number): void {
    const lane = this.#lanes.find((one) => one.branch === branch && one.call === call);
    if (lane) this.#pass(step, lane);
  }

  #pass(step: number, lane: Lane): void {
    const { needs } = this.#policy;
    const { branch, call, memory } = lane;
    const end = needs.model ? outputOf(this.#length) : this.#length;
    const timestep = this.#timesteps[step] ?? 0;
    const pending = new PendingEntries();
    let site = needs.model ? SAMPLE : 0;
    let looks = 0;
    while (site < end) {
      const at: Position = { step, call, branch, timestep, site };
      const decision = this.#policy.next(memory.state, at);
      looks = decision.do === 'measure' ? looks + 1 : 0;
      const problem = looks > MOST_LOOKS ? 'it looks again and again' : problemWith(decision, site, end);
      if (problem !== undefined) throw this.#impossible(problem, decision, at);
      const record = this.#carryOut(decision, at, lane, pending);
      this.#decisions.push(record);
      memory.state = this.#policy.observe(memory.state, observationOf(record));
      site = record.until;
    }
    this.#passes += 1;
  }

  #carryOut(decision: Decision, at: Position, lane: Lane, pending: PendingEntries): DecisionRecord {
    if (decision.do === 'compute') return this.#compute(decision, at, lane, pending);
    const { step, call, branch, site } = at;
    const { why } = decision;
    if (decision.do === 'measure') {
      const measured = this.#measure(decision.what, at);
      return { step, call, branch, site, until: site, did: 'measured', why, measured };
    }
    const refused = lane.cache.refusalOf(branch, site, decision, { step, maxAge: lane.maxAge });
    if (refused === undefined) return this.#reuse(decision, at, lane, pending);
    const { until, form, slot, measure = [] } = decision;
    const keep = [slot === undefined ? { from: site, until, form } : { from: site, until, form, slot }];
    const computed = this.#compute({ do: 'compute', until, keep, measure, why }, at, lane, pending);
    return { ...computed, refused };
  }

  // Records are written out: spreads give each a shape of its own, and everything that reads them becomes slow.
  #compute(
    { until, keep, measure, products, why }: ComputeDecision,
    at: Position,
    { cache, branch }: Lane,
    pending: PendingEntries,
  ): DecisionRecord {
    const { step, call, site } = at;
    pending.want(keep);
    for (const entry of pending.computed(until)) cache.keep(branch, entry, step);
    const measured = this.#measure(measure, at);
    for (const entry of products ?? [])
      measured[productsOf(entry)] = this.#world.products(cache.stepsOf(branch, entry).length, at);
    return { step, call, branch, site, until, did: 'computed', why, measured, keep };
  }

  #reuse(
    { until, form, slot, weights, steps, borrowed, measure, why }: ReuseDecision,
    at: Position,
    { cache, branch }: Lane,
    pending: PendingEntries,
  ): DecisionRecord {
    const { step, call, site } = at;
    for (const entry of pending.reused(site, until, form)) cache.keep(branch, entry, step);
    const measured = measure ? this.#measure(measure, at) : {};
    const place = { step, call, branch, site, until, did: 'reused', why, measured, form, weights } as const;
    if (slot === undefined && !steps && !borrowed) return place;
    return {
      ...place,
      ...(slot !== undefined && { slot }),
      ...(steps && { steps }),
      ...(borrowed && { borrowed }),
    };
  }

  #measure(what: readonly Indicator[], at: Position): Measured {
    const measured: Measured = {};
    for (const indicator of what) measured[indicator.name] = this.#world.measure(indicator, at);
    return measured;
  }

  #impossible(problem: string, decision: Decision, at: Position): ImpossibleDecision {
    const did = decision.do === 'reuse' ? 'reused' : decision.do === 'measure' ? 'measured' : 'computed';
    const { step, call, branch, site } = at;
    const until = decision.do === 'measure' ? site : decision.until;
    this.#decisions.push({ step, call, branch, site, until, did, why: decision.why });
    return new ImpossibleDecision(problem, this.course);
  }
}

function openLanes(policy: Policy, run: RunCase): readonly Lane[] {
  const calls: Lane[][] = [];
  for (let call = 0; call < run.callsPerStep; call++) {
    const cache = new CacheModel(policy);
    let memory: Lane['memory'] | undefined;
    const lanes = run.branches.map((branch): Lane => {
      const shape = shapeOf(run, branch, call);
      if (!memory || !policy.shared) memory = { state: policy.init(shape) };
      return { branch, call, maxAge: policy.limits(shape).maxAge ?? Infinity, memory, cache };
    });
    calls.push(lanes);
  }
  return calls.flat();
}

/** Lanes that share a memory or a cache go on sharing it. States are never changed, and need not be copied. */
function copyLanes(policy: Policy, lanes: readonly Lane[]): readonly Lane[] {
  const caches = new Map<CacheModel, CacheModel>();
  const memories = new Map<Lane['memory'], Lane['memory']>();
  return lanes.map(({ branch, call, maxAge, memory, cache }) => {
    const copied = caches.get(cache) ?? new CacheModel(policy, cache);
    const remembered = memories.get(memory) ?? { state: memory.state };
    caches.set(cache, copied);
    memories.set(memory, remembered);
    return { branch, call, maxAge, memory: remembered, cache: copied };
  });
}

/** The part of the executor's check of decisions that a walk depends on. */
function problemWith(decision: Decision, site: number, end: number): string | undefined {
  if (decision.do === 'measure') return decision.what.length === 0 ? 'it measures nothing' : undefined;
  const { until } = decision;
  return Number.isInteger(until) && until > site && until <= end
    ? undefined
    : `its span ends at ${until}, expected an integer from ${site + 1} to ${end}`;
}

function observationOf(record: DecisionRecord): Observation {
  const { step, call, branch, site, until, did, measured = nothing, refused } = record;
  return refused
    ? { step, call, branch, site, until, did, measured, refused }
    : { step, call, branch, site, until, did, measured };
}
