import {
  refrain,
  RefrainError,
  type Policy,
  type Run,
  type RunOptions,
  type RunReport,
  type StepPlace,
} from '@refrain/core';
import { TestingError } from '../errors.ts';
import type { TrackedRunner } from './tracked-runner.ts';

/** What came of a whole generation. */
export interface Generation {
  readonly outputs: readonly (readonly number[])[];
  readonly report: RunReport;
  /** What stopped it, if anything did. */
  readonly error: RefrainError | undefined;
}

/** The input of a pass. */
export type InputOf = (place: Required<StepPlace>) => number;

/** Numbers that change slowly from step to step and differ between branches and calls. */
export const slowly: InputOf = ({ step, call, branch }) => 64 + 3 * step + 17 * call + branch.length;

/** All passes of a run in the usual order. */
export function placesOf({
  timesteps,
  branches = ['conditional'],
  callsPerStep = 1,
}: RunOptions): Required<StepPlace>[] {
  const calls = Array.from({ length: callsPerStep }, (_, call) => call);
  return [...timesteps.keys()].flatMap((step) =>
    calls.flatMap((call) => branches.map((branch) => ({ step, call, branch }))),
  );
}

/** What caches a model: `refrain`, or something that should behave as it does. */
export type Executor = typeof refrain;

/**
 * Runs the given passes, or all, until one fails. Whatever happens, nothing may be left behind.
 *
 * @throws TestingError `LAW_BROKEN` when something is, or when more bytes were held than allowed
 */
export async function generate(
  runner: TrackedRunner,
  policy: Policy,
  options: RunOptions,
  input: InputOf = slowly,
  places: readonly Required<StepPlace>[] = placesOf(options),
  execute: Executor = refrain,
): Promise<Generation> {
  const run = execute(runner, policy).start(options);
  const { outputs, error } = await walk(run, places, input);
  const running = run.report();
  const { peak } = running.bytes;
  if (peak > (options.maxBytes ?? Infinity))
    throw new TestingError('LAW_BROKEN', `[testing] ${peak} B were held of ${options.maxBytes} allowed`);
  run.end();
  expectNothingLeft(runner, run.report());
  return { outputs, report: error || running.status === 'finished' ? running : run.report(), error };
}

/** Calls step for each place until one fails with an error of ours; another error is a bug, and thrown. */
export async function walk(
  run: Run<number, readonly number[]>,
  places: readonly Required<StepPlace>[],
  input: InputOf = slowly,
): Promise<Pick<Generation, 'outputs' | 'error'>> {
  const outputs: (readonly number[])[] = [];
  for (const place of places)
    try {
      outputs.push(await run.step(input(place), place));
    } catch (error) {
      if (error instanceof RefrainError) return { outputs, error };
      throw error;
    }
  return { outputs, error: undefined };
}

/**
 * No living feature, no open pass, no byte.
 *
 * @throws TestingError `LAW_BROKEN` that counts them
 */
export function expectNothingLeft({ ledger }: TrackedRunner, report: RunReport): void {
  const { live, openPasses } = ledger;
  const { held } = report.bytes;
  if (live + openPasses + held > 0)
    throw new TestingError(
      'LAW_BROKEN',
      `[testing] a run left ${live} features, ${openPasses} open passes and ${held} B behind`,
    );
}

/** One pass of the bare runner, without Refrain. */
export async function bare(
  runner: TrackedRunner,
  { timesteps }: RunOptions,
  place: Required<StepPlace>,
  input: InputOf = slowly,
): Promise<readonly number[]> {
  const pass = await runner.enter(input(place), { ...place, timestep: timesteps[place.step] ?? 0 });
  const request = { from: 0, until: runner.length, x: pass.x, values: new Map(), taps: [] };
  const { x } = await pass.span(request);
  const output = await pass.exit(x);
  for (const feature of [pass.x, x]) runner.ops.dispose(feature);
  pass.release?.();
  return output;
}
