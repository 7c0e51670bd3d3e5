import type { PassInfo } from '@refrain/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import {
  generate,
  Oracle,
  placesOf,
  randomCases,
  randomPolicy,
  scriptOf,
  slowly,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';

test('random decisions over random streams give what the rules give when done by hand', async () => {
  await fc.assert(
    fc.asyncProperty(randomCases, async (given) => {
      const { blocks, modules, steps, history, sketches, asynchronous, early, branches } = given;
      const script = scriptOf(given);
      const runner = trackedRunner({ model: { blocks, modules }, sketches, asynchronous, early });
      const policy = randomPolicy(given);
      const options = { timesteps: timestepsOf(steps), branches };
      const { outputs, report, error } = await generate(runner, policy, options);
      expect(error).toBe(undefined);
      const oracles = new Map(branches.map((branch) => [branch, new Oracle(runner.toy, history)]));
      const expected = placesOf(options).map((place) => {
        const at: PassInfo = { ...place, timestep: report.timesteps[place.step] ?? Number.NaN };
        return oracles.get(place.branch)?.pass(script, at, slowly(place));
      });
      expect(outputs).toStrictEqual(expected);
      for (const branch of branches)
        expect(policy.seen.filter((seen) => seen.branch === branch)).toStrictEqual(oracles.get(branch)?.seen);
    }),
    fuzz,
  );
});
