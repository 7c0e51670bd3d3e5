import { refrain, type RunSeconds } from '@refrain/core';
import { passNames, scriptedPolicy, type PassName } from './script.ts';
import type { Workshop } from './workshop.ts';

/** Where the time of each pass went. Left out: passes in which something was refused. */
export type PassSeconds = Readonly<Partial<Record<PassName, RunSeconds>>>;

/**
 * Runs a pass of every kind through the executor, one after the other, as a generation would: what the executor itself
 * takes, and what a pass finds in the processor's cache, is in these times.
 */
export async function timePasses<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<PassSeconds> {
  const { runner, stream, input, at, stride, now, signal } = workshop;
  const run = refrain(runner, scriptedPolicy(stream, stride)).start({
    now,
    timesteps: passNames.map(() => at.timestep),
    branches: [at.branch],
    ...(signal && { signal }),
  });
  try {
    const totals: RunSeconds[] = [];
    for (const step of passNames.keys()) {
      signal?.throwIfAborted();
      await run.step(input, { step, branch: at.branch });
      totals.push(run.report().seconds);
    }
    const refused = new Set(run.report().decisions.flatMap((one) => (one.refused ? [one.step] : [])));
    return Object.fromEntries(
      passNames.flatMap((name, step) => (refused.has(step) ? [] : [[name, between(totals, step)]])),
    );
  } finally {
    run.end();
  }
}

/** What the step added to the times of a run. */
function between(totals: readonly RunSeconds[], step: number): RunSeconds {
  const [after, before] = [totals[step], totals[step - 1]];
  const of = (activity: keyof RunSeconds): number => (after?.[activity] ?? 0) - (before?.[activity] ?? 0);
  return {
    total: of('total'),
    frame: of('frame'),
    compute: of('compute'),
    reuse: of('reuse'),
    keep: of('keep'),
    indicator: of('indicator'),
    overhead: of('overhead'),
  };
}
