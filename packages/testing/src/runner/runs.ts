import { fora, never, refrain, RunError, type Policy, type RunReport } from '@refrain/core';
import { passCases } from './cases.ts';
import { counted } from './counted.ts';
import type { AnySubject, RunnerLaw } from './law.ts';
import { infoOf, outputOf, sameNumbers } from './subject.ts';

/** Computes every second step, reuses the others whole: every runner can do that. */
const everySecond = fora({ interval: 2, cache: 'stack' });

/** A run through the executor. */
interface Ran {
  readonly outputs: readonly (readonly number[])[];
  readonly report: RunReport;
}

async function runAll(subject: AnySubject, policy: Policy, variant: number, stop?: number): Promise<Ran> {
  const { timesteps, branches, use } = subject;
  const abort = new AbortController();
  const run = refrain(subject.runner, policy).start({ timesteps, branches, signal: abort.signal });
  const outputs: (readonly number[])[] = [];
  try {
    for (const [step, timestep] of timesteps.entries())
      for (const branch of branches) {
        if (step === stop) abort.abort();
        const at = { step, branch, call: 0, timestep };
        const output = await run.step(await use.input(at, variant), { step, branch });
        outputs.push(Array.from(use.numbers(output)));
      }
  } catch (error) {
    if (!(error instanceof RunError && error.code === 'RUN_ABORTED')) throw error;
  } finally {
    run.end();
  }
  return { outputs, report: run.report() };
}

/** Law 1 of the executor, on the runner. */
export const exactWhenOff: RunnerLaw = {
  name: 'exact-when-off',
  statement: 'With a policy that never reuses, every output is that of the bare runner.',
  matters: 'Only then does a difference between cached and plain come from caching.',
  fault: 'A wrapped model that differs from the bare one before anything is cached hides what caching does.',
  cases: passCases,
  async problem(subject, { variant }) {
    const { outputs } = await runAll(subject, never(), variant);
    let index = 0;
    for (const step of subject.timesteps.keys())
      for (const branch of subject.branches) {
        const plain = await outputOf(subject, infoOf(subject, step, branch), variant, []);
        if (!sameNumbers(outputs[index++] ?? [], plain, { tolerance: 0 }))
          return `step ${step} (${branch}) through the executor is not what the bare runner gives`;
      }
    return undefined;
  },
};

/** Caching does something. */
export const engages: RunnerLaw = {
  name: 'engages',
  statement:
    'A policy that reuses every second step does, its outputs are finite, and computed steps are those of the model.',
  matters: 'A cache that is switched on and never hit looks like one that works.',
  fault: '"Output is bit-identical and slightly slower, nothing is logged" (sglang PR#33827).',
  cases: passCases,
  async problem(subject, { variant }) {
    const { outputs, report } = await runAll(subject, everySecond, variant);
    if (report.reuseRate === 0) return 'a policy that reuses every second step reused nothing';
    const broken = outputs.findIndex((output) => !output.every(Number.isFinite));
    if (broken >= 0) return `output ${broken} is not finite`;
    const plain = await outputOf(subject, infoOf(subject, 0), variant, []);
    return sameNumbers(outputs[0] ?? [], plain, { tolerance: 0 })
      ? undefined
      : 'the first step, which is computed, is not that of the model';
  },
};

/** Laws 8 and 12, on the runner. */
export const leavesNothing: RunnerLaw = {
  name: 'leaves-nothing',
  statement:
    'Every feature is freed exactly once and every pass released, also after an abort, and the next run is as if nothing had been.',
  matters: 'On a device nobody collects garbage: what is not freed fills it, run by run.',
  fault:
    'Stale PAB caches keep video memory after their run (diffusers PR#9562); T-GATE never clears its cache.',
  cases: passCases,
  async problem(subject, { variant, dice }) {
    const first = await runAll(subject, everySecond, variant);
    const { runner, count } = counted(subject.runner);
    const stop = dice % (subject.timesteps.length + 1);
    const aborted = await runAll({ ...subject, runner }, everySecond, variant + 1, stop);
    const { features, passes, odd } = count;
    if (features + passes + odd > 0 || aborted.report.bytes.held > 0)
      return `a run aborted before step ${stop} left ${features} features and ${passes} open passes behind, and freed ${odd} that were not there`;
    const again = await runAll(subject, everySecond, variant);
    return again.outputs.every((output, index) => sameNumbers(output, first.outputs[index] ?? [], {}))
      ? undefined
      : `a run after one that was aborted before step ${stop} is not what it was before`;
  },
};
