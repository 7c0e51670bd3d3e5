import { parsePolicy, refrain, type Run, type RunReport, type StepPlace } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectNothingLeft, generate, placesOf, walk } from '../generate.ts';
import {
  borrows,
  inputOf,
  lawCases,
  lawFuzz,
  optionsOf,
  policyNames,
  runCase,
  runnerOf,
  wildSignals,
  type LawCase,
} from './harness.ts';

type Place = Required<StepPlace>;

/** What one lane saw: its outputs and decisions. */
function laneOf(
  outputs: readonly (readonly number[])[],
  report: RunReport,
  places: readonly Place[],
  lane: Pick<Place, 'branch' | 'call'>,
): object {
  const mine = (place: Pick<Place, 'branch' | 'call'>): boolean =>
    place.branch === lane.branch && place.call === lane.call;
  return {
    outputs: outputs.filter((_, index) => places[index] && mine(places[index])),
    decisions: report.decisions.filter(mine),
  };
}

const pairs = (
  name: string,
): fc.Arbitrary<{ given: LawCase; other: readonly number[]; order: readonly boolean[] }> =>
  lawCases(name, wildSignals).chain((given) => {
    const passes = placesOf(optionsOf(given.run)).length;
    return fc.record({
      given: fc.constant(given),
      other: wildSignals(given.run.steps),
      order: fc.array(fc.boolean(), { minLength: 2 * passes, maxLength: 2 * passes }),
    });
  });

describe.each(policyNames)('%s', (name) => {
  test('two runs in turns are two runs one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(pairs(name), async ({ given, other, order }) => {
        const { run, id, signal } = given;
        const runner = runnerOf(run);
        const model = refrain(runner, parsePolicy(id));
        const places = placesOf(optionsOf(run));
        const sides = [signal, other].map((input) => {
          const started: Run<number, readonly number[]> = model.start(optionsOf(run));
          return {
            run: started,
            input: inputOf(input),
            left: [...places],
            outputs: [] as (readonly number[])[],
          };
        });
        for (const first of order) {
          const side = sides[first ? 0 : 1]?.left.length ? sides[first ? 0 : 1] : sides[first ? 1 : 0];
          const place = side?.left.shift();
          if (side && place) side.outputs.push(await side.run.step(side.input(place), place));
        }
        for (const [index, alone] of [
          await runCase(given),
          await runCase({ ...given, signal: other }),
        ].entries()) {
          const side = sides[index];
          expect(side?.outputs).toStrictEqual(alone.outputs);
          expect(side?.run.report().decisions).toStrictEqual(alone.report.decisions);
        }
        expect(runner.ledger.live).toBe(0);
      }),
      lawFuzz,
    );
  });

  test('a second run equals the first, also after one that was aborted or failed', async () => {
    await fc.assert(
      fc.asyncProperty(pairs(name), fc.nat(30), fc.boolean(), async ({ given, other }, stop, fails) => {
        const { run, id, signal } = given;
        let broken = false;
        const runner = runnerOf(run, {
          before: () => {
            if (broken) throw new Error('boom');
          },
        });
        const model = refrain(runner, parsePolicy(id));
        const controller = new AbortController();
        const spoilt = model.start({ ...optionsOf(run), signal: controller.signal });
        const places = placesOf(optionsOf(run));
        await walk(spoilt, places.slice(0, stop), inputOf(other));
        if (fails) broken = true;
        else controller.abort();
        await walk(spoilt, places.slice(stop), inputOf(other));
        expectNothingLeft(runner, spoilt.report());
        broken = false;
        const again = model.start(optionsOf(run));
        const { outputs, error } = await walk(again, places, inputOf(signal));
        const alone = await runCase(given);
        expect({ outputs, error, decisions: again.report().decisions }).toStrictEqual({
          outputs: alone.outputs,
          error: undefined,
          decisions: alone.report.decisions,
        });
      }),
      lawFuzz,
    );
  });

  test('the order of the branches within a step makes no difference to either', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name, wildSignals), fc.infiniteStream(fc.nat()), async (given, dice) => {
        const { run, id, signal } = given;
        const places = placesOf(optionsOf(run));
        const keys = new Map(places.map((place) => [place, dice.next().value ?? 0]));
        const shuffled = places.toSorted(
          (a, b) => a.step - b.step || (keys.get(a) ?? 0) - (keys.get(b) ?? 0),
        );
        const [one, two] = [
          await runCase(given),
          await generate(runnerOf(run), parsePolicy(id), optionsOf(run), inputOf(signal), shuffled),
        ];
        // Where one branch decides for the others, their order is part of the rule.
        if (borrows(one.report.decisions) || parsePolicy(id).shared) return;
        for (const lane of places.filter(({ step }) => step === 0))
          expect(laneOf(two.outputs, two.report, shuffled, lane)).toStrictEqual(
            laneOf(one.outputs, one.report, places, lane),
          );
      }),
      lawFuzz,
    );
  });

  test('a branch decides the same whatever happens in the other', async () => {
    const cases = pairs(name).filter(({ given }) => given.run.branches.length > 1);
    await fc.assert(
      fc.asyncProperty(cases, async ({ given, other }) => {
        const { run, id, signal } = given;
        const places = placesOf(optionsOf(run));
        const [one, two] = [inputOf(signal), inputOf(other)];
        const mixed = (place: Place): number => (place.branch === 'conditional' ? one(place) : two(place));
        const alone = await runCase(given);
        if (borrows(alone.report.decisions)) return;
        const together = await generate(runnerOf(run), parsePolicy(id), optionsOf(run), mixed);
        for (let call = 0; call < run.callsPerStep; call++) {
          const lane = { branch: 'conditional', call };
          expect(laneOf(together.outputs, together.report, places, lane)).toStrictEqual(
            laneOf(alone.outputs, alone.report, places, lane),
          );
        }
      }),
      lawFuzz,
    );
  });
});
