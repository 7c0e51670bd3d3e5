import { laneName } from '@refrain/core';
import { courseOf, inputOf, runCase, runnerOf } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { bare, placesOf } from '../toy/generate.ts';
import { alike } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { PolicyLaw } from './law.ts';

/** Law 1. */
export const exactWhenOff: PolicyLaw = {
  name: 'exact-when-off',
  number: 1,
  statement: 'As long as nothing has been reused, the output is bit-identical to that of the bare runner.',
  matters:
    'Only then does every difference come from a decision, and switching caching off really switches it off.',
  fault:
    'Caching stayed on after its node had been removed from a workflow (reported of several ComfyUI nodes).',
  runs: [
    executedCheck({
      title: 'is exact as long as it has not reused',
      async check(given, _, { execute }) {
        const { run, signal } = given;
        const { outputs, report } = await runCase(given, { execute });
        const [options, runner] = [optionsOf(run), runnerOf(run)];
        for (const [index, place] of placesOf(options).entries()) {
          const mask = report.mask[laneName(place.branch, place.call)] ?? '';
          if (/[0p]/.test(mask.slice(0, place.step + 1))) continue;
          const plain = await bare(runner, options, place, inputOf(signal));
          if (!alike(outputs[index], plain))
            return {
              reason: `nothing was reused up to step ${place.step}, and its output is ${String(outputs[index])} where the bare runner gives ${String(plain)}`,
              course: courseOf(given, report),
              index: report.decisions.findIndex(({ step }) => step === place.step),
            };
        }
        return undefined;
      },
    }),
  ],
};
