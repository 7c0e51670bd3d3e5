import { fromBlocks, refrain, type Policy, type RunOptions, type RunReport } from '@refrain/core';

/** Runs a policy on blocks whose modulated input at a step is a given number, open loop, one scalar a block. */
export async function runOnModulated(
  policy: Policy,
  modulated: readonly (readonly number[])[],
): Promise<RunReport> {
  const blocks = (modulated[0] ?? []).map((_, block) => ({
    name: `block ${block}`,
    run: (x: Float32Array | readonly Float32Array[]) => (x as Float32Array).map((value) => value + 1),
    modulated: (_: unknown, step: number) => Float32Array.of(modulated[step]?.[block] ?? Number.NaN),
  }));
  const runner = fromBlocks<number, number>(blocks, {
    enter: (step) => ({ x: Float32Array.of(1), context: step }),
  });
  const timesteps = modulated.map((_, step) => modulated.length - step);
  return runAll(refrain(runner, policy), { timesteps }, (step) => step);
}

/** Runs all steps of all branches and returns the report. */
export async function runAll<Input, Output>(
  model: ReturnType<typeof refrain<Input, object, Output>>,
  options: RunOptions,
  input: (step: number, branch: string) => Input,
): Promise<RunReport> {
  const run = model.start(options);
  for (const step of options.timesteps.keys())
    for (const branch of options.branches ?? ['conditional'])
      for (let call = 0; call < (options.callsPerStep ?? 1); call++)
        await run.step(input(step, branch), { step, branch, call });
  return run.report();
}
