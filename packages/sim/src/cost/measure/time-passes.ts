import { refrain } from '@refrain/core';
import { passNames, scriptedPolicy, type PassName } from './script.ts';
import { timed, type Workshop } from './workshop.ts';

/** Seconds of whole passes, from the input to the output. Left out: passes in which something was refused. */
export type PassSeconds = Readonly<Partial<Record<PassName, number>>>;

/**
 * Runs a pass of every kind through the executor, one after the other, as a generation would: what the executor itself
 * takes, and what a pass finds in the processor's cache, is in these times.
 */
export async function timePasses<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<PassSeconds> {
  const { runner, stream, input, at, stride, signal } = workshop;
  const run = refrain(runner, scriptedPolicy(stream, stride)).start({
    timesteps: passNames.map(() => at.timestep),
    branches: [at.branch],
    ...(signal && { signal }),
  });
  try {
    const seconds: number[] = [];
    for (const step of passNames.keys())
      seconds.push((await timed(workshop, () => run.step(input, { step, branch: at.branch }))).seconds);
    const refused = new Set(run.report().decisions.flatMap((one) => (one.refused ? [one.step] : [])));
    return Object.fromEntries(
      passNames.flatMap((name, step) => (refused.has(step) ? [] : [[name, seconds[step] ?? 0]])),
    );
  } finally {
    run.end();
  }
}
