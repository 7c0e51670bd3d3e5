import type { StepPlace } from '@refrain/core';
import fc from 'fast-check';
import { changingWidths } from '../cases/features.ts';
import { courseOf, inputOf, runCase, runnerOf, type SignalCase } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { finiteSignals } from '../cases/signals.ts';
import { bare, placesOf, type Generation } from '../toy/generate.ts';
import { alike } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { ExecutedCheck } from './law.ts';

/** Law 3, of shapes. */
export const otherShapes: ExecutedCheck = executedCheck<readonly number[]>({
  title: 'computes where the stream has another shape than what was kept, and says so',
  signals: finiteSignals,
  extra: ({ run }) => changingWidths(run.steps),
  async check(given, widths, { execute }) {
    // The sample of the toy does not change its width, so that there is nothing to see of the model as a whole.
    if (given.policy.needs.model) return undefined;
    const width = ({ step }: { readonly step: number }): number => widths[step] ?? 1;
    const { outputs, report, error } = await runCase(given, { execute, tracked: { model: { width } } });
    const course = courseOf(given, report);
    if (error)
      return { reason: `the run failed: ${error.message}`, course, index: report.decisions.length - 1 };
    const wrong = placesOf(optionsOf(given.run)).findIndex(
      (place, index) => outputs[index]?.length !== width(place),
    );
    if (wrong >= 0)
      return {
        reason: `output ${wrong} has ${outputs[wrong]?.length} elements, its stream has others`,
        course,
      };
    const stale = await firstStale(given, outputs, width);
    if (stale)
      return {
        reason: `at step ${stale.step} the stream has another shape than anything that was kept, and its output is not computed`,
        course,
        index: report.decisions.findIndex(({ step }) => step === stale.step),
      };
    const refused = report.decisions.findIndex((record) => record.refused === 'shape-changed');
    const told = report.warnings.some(({ code }) => code === 'shape-changed' || code === 'reuse-refused');
    return refused >= 0 && !told
      ? {
          reason: 'a reuse was refused since the shape changed, and no warning says so',
          course,
          index: refused,
        }
      : undefined;
  },
});

/** The first pass of a new shape whose output is not the bare runner's, as it must be: all that was kept has another. */
async function firstStale(
  { run, signal }: SignalCase,
  outputs: Generation['outputs'],
  width: (at: { readonly step: number }) => number,
): Promise<Required<StepPlace> | undefined> {
  const options = optionsOf(run);
  const runner = runnerOf(run, { model: { width } });
  for (const [index, place] of placesOf(options).entries()) {
    if (place.step === 0 || width(place) === width({ step: place.step - 1 })) continue;
    if (!alike(outputs[index], await bare(runner, options, place, inputOf(signal)))) return place;
  }
  return undefined;
}

/** Law 3, of branches. */
export const unknownBranches: ExecutedCheck = executedCheck<number>({
  title: 'computes a branch that the run was not told about, plainly, and says so',
  signals: finiteSignals,
  extra: ({ run }) => fc.nat(run.steps - 1),
  async check({ run, policy, signal }, at, { execute }) {
    const [options, runner, input] = [optionsOf(run), runnerOf(run), inputOf(signal)];
    const started = execute(runner, policy).start(options);
    for (const place of placesOf(options)) {
      await started.step(input(place), place);
      if (place.step !== at) continue;
      const stranger = { ...place, branch: 'stranger' };
      if (started.report().status !== 'running') break;
      const output = await started.step(input(stranger), stranger);
      if (!alike(output, await bare(runner, options, stranger, input)))
        return { reason: `an unknown branch was not computed plainly at step ${at}` };
      if (!started.report().warnings.some(({ code }) => code === 'unknown-branch'))
        return { reason: 'no warning names the unknown branch' };
    }
    started.end();
    return undefined;
  },
});
