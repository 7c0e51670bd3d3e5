import type {
  BlockRunner,
  FeatureOps,
  MaybePromise,
  Pass,
  PassInfo,
  Policy,
  RunReport,
  SpanRequest,
  StepPlace,
  TapRequest,
} from '@refrain/core';

/** What is needed to try a runner. */
export interface RunnerUse<Input, Output> {
  /**
   * The input of a pass.
   *
   * @param at - which pass
   * @param variant - a small number: another one is another noise or prompt, the same one is the same input
   */
  input(at: Required<StepPlace> & { readonly timestep: number }, variant: number): MaybePromise<Input>;
  /** All numbers of an output. */
  numbers(output: Output): ArrayLike<number>;
  /** Timesteps of the runs; six from 1000 down when left out. */
  readonly timesteps?: readonly number[];
  /** Guidance branches of the runs; one when left out. */
  readonly branches?: readonly string[];
}

/** What a runner is not, or is beyond the laws: groups of them are switched off by it, and by nothing else. */
export interface RunnerCapabilities {
  /**
   * How far numbers may be apart, relative to the largest, where the laws would have them equal: for runtimes that compute
   * a span otherwise when it is cut otherwise. Left out: 0, bit for bit.
   */
  readonly tolerance?: number;
  /** False if only one pass may be open at a time. */
  readonly concurrent?: boolean;
}

/** What a run of a policy deviated from the plain one, and what it may at most. */
export interface MeasuredDrift {
  readonly drift: number;
  readonly bound: number;
  readonly report?: RunReport;
}

/** Measures law 13 on a runner whose constants are known. */
export type MeasureDrift = (policy: Policy, variant: number) => Promise<MeasuredDrift>;

/** A runner with what is needed to try it. */
export interface Subject<Input, Feature extends object, Output> {
  readonly runner: BlockRunner<Input, Feature, Output>;
  readonly use: RunnerUse<Input, Output>;
  readonly capabilities: RunnerCapabilities;
  readonly timesteps: readonly number[];
  readonly branches: readonly string[];
  /** Positions of the stream. */
  readonly length: number;
}

/** Where a pass of a step stands. */
export function infoOf(
  { timesteps, branches }: Pick<Subject<unknown, object, unknown>, 'timesteps' | 'branches'>,
  step: number,
  branch: string = branches[0] ?? '',
): PassInfo {
  return { step, call: 0, branch, timestep: timesteps[step] ?? 0 };
}

/** Enters a pass, does something in it, and releases it. */
export async function inPass<Input, Feature extends object, Output, Result>(
  { runner, use }: Subject<Input, Feature, Output>,
  at: PassInfo,
  variant: number,
  work: (pass: Pass<Feature, Output>) => Promise<Result>,
): Promise<Result> {
  const { step, call, branch, timestep } = at;
  const pass = await runner.enter(await use.input({ step, call, branch, timestep }, variant), at);
  try {
    return await work(pass);
  } finally {
    pass.release?.();
  }
}

/** A span request; no values and no taps unless said otherwise. */
export function request<Feature>(
  from: number,
  until: number,
  x: Feature,
  taps: readonly TapRequest[] = [],
  values: ReadonlyMap<number, Feature> = new Map(),
): SpanRequest<Feature> {
  return { from, until, x, values, taps };
}

/** The output of a pass that goes from cut to cut. Features on the way are freed. */
export async function outputOf<Input, Feature extends object, Output>(
  subject: Subject<Input, Feature, Output>,
  at: PassInfo,
  variant: number,
  cuts: readonly number[],
): Promise<readonly number[]> {
  const { ops } = subject.runner;
  return inPass(subject, at, variant, async (pass) => {
    let x = pass.x;
    let from = 0;
    for (const until of [...cuts, subject.length]) {
      const { x: next } = await pass.span(request(from, until, x));
      ops.dispose(x);
      x = next;
      from = until;
    }
    const output = await pass.exit(x);
    ops.dispose(x);
    return Array.from(subject.use.numbers(output));
  });
}

/** How far two features are apart, relative to the second. NaN is as far as it gets. */
export async function apart<Feature>(
  ops: FeatureOps<Feature>,
  current: Feature,
  reference: Feature,
): Promise<number> {
  if (ops.shape(current) !== ops.shape(reference)) return Infinity;
  const [sums] = await ops.relativeL1([{ current, reference }]);
  if (!sums || Number.isNaN(sums.numerator)) return Infinity;
  return sums.numerator === 0 ? 0 : sums.numerator / (sums.denominator || Number.MIN_VALUE);
}

/** True if two lists of numbers are the same, within the tolerance of the runner. */
export function sameNumbers(
  one: readonly number[],
  other: readonly number[],
  { tolerance = 0 }: RunnerCapabilities,
): boolean {
  if (one.length !== other.length) return false;
  const most = tolerance * other.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  return one.every((value, index) => {
    const expected = other[index] ?? Number.NaN;
    return Object.is(value, expected) || value === expected || Math.abs(value - expected) <= most;
  });
}
