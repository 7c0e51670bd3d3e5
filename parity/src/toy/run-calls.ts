import { refrain, type BlockRunner, type Float32Feature, type Policy, type RunReport } from '@refrain/core';

/** A toy model whose input is the number of the call, and which tells which of its blocks ran. */
export interface Toy {
  readonly runner: BlockRunner<number, Float32Feature, Float32Feature>;
  /** Positions that were computed in each call, by the number of the call. */
  readonly ran: ReadonlyMap<number, ReadonlySet<number>>;
  /** Positions of the stream. */
  readonly length: number;
}

/** What the calls gave, over all generations. */
export interface Calls {
  /** One for each generation. */
  readonly reports: readonly RunReport[];
  /** First element of the output of each call. */
  readonly out: readonly number[];
  /** For each call the positions that were computed. */
  readonly ran: readonly ReadonlySet<number>[];
}

/** How a toy is called. */
export interface Schedule {
  /** Timesteps of a generation, one a step; or only how many there are. */
  readonly timesteps: readonly number[] | number;
  /** Branches, called one after the other in each step. One when left out. */
  readonly branches?: readonly string[];
  /** How many calls there are: generation after generation, the last perhaps in part. One generation when left out. */
  readonly calls?: number;
  /** How many of them belong to each generation, where that is not a call for each step and branch. */
  readonly generations?: readonly number[];
}

/** The branches of runs with classifier-free guidance, in the order in which the sources call them. */
export const GUIDED: readonly string[] = ['conditional', 'unconditional'];

/** Runs a policy on a toy, call after call; each generation is a run of its own. */
export async function runCalls(policy: Policy, toy: Toy, schedule: Schedule): Promise<Calls> {
  const { branches = ['conditional'] } = schedule;
  const timesteps =
    typeof schedule.timesteps === 'number' ? countdown(schedule.timesteps) : schedule.timesteps;
  const length = timesteps.length * branches.length;
  const model = refrain(toy.runner, policy);
  const reports: RunReport[] = [];
  const out: number[] = [];
  for (const generation of schedule.generations ?? chunks(schedule.calls ?? length, length)) {
    const run = model.start({ timesteps: atLeastTwo(timesteps), branches });
    for (let call = 0; call < generation; call++) {
      const step = Math.floor(call / branches.length);
      const branch = branches[call % branches.length] ?? '';
      out.push(elementOf(await run.step(out.length, { step, branch })));
    }
    reports.push(run.report());
  }
  return { reports, out, ran: out.map((_, call) => toy.ran.get(call) ?? new Set()) };
}

/** One digit a call: 1 when all positions were computed, 0 when some came from the cache. */
export function digits({ ran }: Calls, { length }: Toy): string {
  return ran.map(({ size }) => (size === length ? '1' : '0')).join('');
}

/** The element of a feature of one element. */
export function elementOf(feature: unknown): number {
  return (feature as Float32Array)[0] ?? Number.NaN;
}

/** So many calls in generations of a length, the last perhaps in part. */
function chunks(calls: number, length: number): readonly number[] {
  return Array.from({ length: Math.ceil(calls / length) }, (_, index) =>
    Math.min(length, calls - index * length),
  );
}

/** A run has two steps at least: a generation of one is the beginning of a run. */
function atLeastTwo(timesteps: readonly number[]): readonly number[] {
  return timesteps.length === 1 ? [...timesteps, (timesteps[0] ?? 1) - 1] : timesteps;
}

/** Steps without timesteps of their own: T, T − 1, …, 1. */
function countdown(steps: number): readonly number[] {
  return Array.from({ length: steps }, (_, step) => steps - step);
}
