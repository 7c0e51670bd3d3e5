import {
  refrain,
  RefrainError,
  type Policy,
  type Run,
  type RunOptions,
  type RunReport,
  type StepPlace,
} from '@refrain/core';
import { expect } from 'vitest';
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

/** Runs the given passes, or all, until one fails. Whatever happens, nothing may be left behind. */
export async function generate(
  runner: TrackedRunner,
  policy: Policy,
  options: RunOptions,
  input: InputOf = slowly,
  places: readonly Required<StepPlace>[] = placesOf(options),
): Promise<Generation> {
  const run = refrain(runner, policy).start(options);
  const { outputs, error } = await walk(run, places, input);
  const running = run.report();
  expect(running.bytes.peak).toBeLessThanOrEqual(options.maxBytes ?? Infinity);
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

/** No living feature, no open pass, no byte. */
export function expectNothingLeft({ ledger }: TrackedRunner, report: RunReport): void {
  expect({ features: ledger.live, passes: ledger.openPasses, bytes: report.bytes.held }).toStrictEqual({
    features: 0,
    passes: 0,
    bytes: 0,
  });
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

/** `count` timesteps from 1000 down. */
export function timestepsOf(count: number): number[] {
  return Array.from({ length: count }, (_, step) => 1000 * (1 - step / count));
}
