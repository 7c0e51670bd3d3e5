import {
  fromBlocks,
  parsePolicy,
  refrain,
  type Float32Feature,
  type RunReport,
  type Sums,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate, placesOf } from '../generate.ts';
import { policyCases, type RunCase } from '../policy/arbitraries.ts';
import { exactModel, trackedRunner } from '../tracked-runner.ts';
import { lawFuzz, optionsOf, policyNames, verdicts } from './harness.ts';

/** Ranks meet here: each brings its sums and takes the total away. */
class Meeting {
  readonly #ranks: number;
  #brought: (readonly Sums[])[] = [];
  readonly #waiting: ((total: readonly Sums[]) => void)[] = [];

  constructor(ranks: number) {
    this.#ranks = ranks;
  }

  bring(sums: readonly Sums[]): Promise<readonly Sums[]> {
    return new Promise((resolve) => {
      this.#brought.push(sums);
      this.#waiting.push(resolve);
      if (this.#brought.length < this.#ranks) return;
      const [first = [], ...rest] = this.#brought;
      const total = first.map((sum, index) => rest.reduce((all, other) => added(all, other[index]), sum));
      this.#brought = [];
      for (const wake of this.#waiting.splice(0)) wake(total);
    });
  }
}

function added(a: Sums, b: Sums | undefined): Sums {
  return {
    numerator: a.numerator + (b?.numerator ?? Number.NaN),
    denominator: a.denominator + (b?.denominator ?? Number.NaN),
    count: a.count + (b?.count ?? Number.NaN),
  };
}

/** What was measured. The weights of forecasts are no integers, so that parts of a sum round where the whole does not. */
function numbersOf({ decisions }: RunReport): unknown {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? value.toFixed(6) : value;
  return JSON.parse(
    JSON.stringify(
      decisions.map(({ measured }) => measured ?? null),
      rounded,
    ),
  );
}

const signals = (run: RunCase): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.oneof(fc.constant(1024), fc.integer({ min: 0, max: 2048 })), {
    minLength: run.steps,
    maxLength: run.steps,
  });
const cases = (name: string): fc.Arbitrary<{ run: RunCase; id: string; signal: readonly number[] }> =>
  policyCases(name).chain(({ run, id }) =>
    fc.record({ run: fc.constant(run), id: fc.constant(id), signal: signals(run) }),
  );

/**
 * True if all that a policy measures is summed over elements, however they are dealt out. Tokens and frames must stay
 * whole, and conditioning is the same on every rank.
 */
function isSummedOverElements(id: string): boolean {
  const { operations = [], conditioning = [] } = parsePolicy(id).needs;
  return conditioning.length === 0 && !operations.includes('tokenNorms') && !operations.includes('motion');
}

/** Two or three ranks hold equal parts, and all strides that are tried divide each. */
const WIDTH = 360;

function runOnRank(
  { run, id, signal }: { run: RunCase; id: string; signal: readonly number[] },
  rank: number,
  ranks: number,
  meeting?: Meeting,
): Promise<RunReport> {
  const part = WIDTH / ranks;
  const { blocks, modules } = run;
  const model = {
    blocks,
    modules,
    width: () => part,
    enter: (input: number, index: number) => input + ((index + rank * part) % 7),
    // The differences of neighbouring steps are small, so that indicators are now below a threshold and now above.
    value: (x: number, site: number, { step }: { step: number }) =>
      exactModel.value(x, site, { step: step >> 2, call: 0, branch: '', timestep: 0 }),
    modulated: (x: number, site: number) => x + site,
  };
  const options = {
    ...optionsOf(run),
    ...(meeting && { reduceSums: (sums: readonly Sums[]) => meeting.bring(sums) }),
  };
  const generation = generate(
    trackedRunner({ model }),
    parsePolicy(id),
    options,
    ({ step }) => signal[step] ?? 0,
  );
  return generation.then(({ report, error }) => {
    expect(error).toBe(undefined);
    return report;
  });
}

describe.each(policyNames)('%s', (name) => {
  test('decides on every rank as on one that holds the whole feature', async () => {
    await fc.assert(
      fc.asyncProperty(cases(name), fc.constantFrom(2, 3), async (given, ranks) => {
        if (!isSummedOverElements(given.id)) return;
        const whole = await runOnRank(given, 0, 1);
        const meeting = new Meeting(ranks);
        const parts = await Promise.all(
          Array.from({ length: ranks }, (_, rank) => runOnRank(given, rank, ranks, meeting)),
        );
        for (const part of parts) {
          expect(verdicts(part.decisions)).toStrictEqual(verdicts(whole.decisions));
          expect(numbersOf(part)).toStrictEqual(numbersOf(whole));
        }
      }),
      { ...lawFuzz, numRuns: Math.ceil(lawFuzz.numRuns / 2) },
    );
  });

  test('decides on a tuple of arrays as on one array', async () => {
    await fc.assert(
      fc.asyncProperty(
        cases(name),
        fc.integer({ min: 1, max: WIDTH / 60 - 1 }),
        async ({ run, id, signal }, cut) => {
          if (!isSummedOverElements(id)) return;
          const reports: RunReport[] = [];
          for (const split of [false, true]) {
            const model = refrain(float32Runner(run, signal, split ? cut * 60 : 0), parsePolicy(id));
            const started = model.start(optionsOf(run));
            for (const place of placesOf(optionsOf(run))) await started.step(place.step, place);
            reports.push(started.report());
          }
          expect(reports[1]?.decisions).toStrictEqual(reports[0]?.decisions);
        },
      ),
      { ...lawFuzz, numRuns: Math.ceil(lawFuzz.numRuns / 2) },
    );
  });
});

/** The same kind of model on float32 arrays; with a cut the feature is a tuple of two. */
function float32Runner(
  { blocks, modules }: RunCase,
  signal: readonly number[],
  cut: number,
): ReturnType<typeof fromBlocks<number, number>> {
  const map = (x: Float32Feature, change: (value: number) => number): Float32Feature =>
    x instanceof Float32Array ? x.map(change) : x.map((part) => part.map(change));
  const add = (x: Float32Feature, value: Float32Feature): Float32Feature =>
    x instanceof Float32Array
      ? x.map((item, index) => item + (at(value, 0)[index] ?? 0))
      : x.map((part, which) => part.map((item, index) => item + (at(value, which)[index] ?? 0)));
  const value = (site: number) => (x: Float32Feature, step: number) =>
    map(x, (item) => (Math.abs(item) * 5 + site * 11 + (step >> 2)) % 32);
  const modulated = (x: Float32Feature): Float32Feature => map(x, (item) => item + 1);
  const definitions = Array.from({ length: blocks }, (_, block) =>
    modules.length === 0
      ? { run: (x: Float32Feature, step: number) => add(x, value(block)(x, step)), modulated }
      : { modules: modules.map((kind) => ({ kind, compute: value(block), apply: add, modulated })) },
  );
  const sample = (step: number): Float32Feature => {
    const x = Float32Array.from({ length: WIDTH }, (_, index) => (signal[step] ?? 0) + (index % 7));
    return cut > 0 ? [x.slice(0, cut), x.slice(cut)] : x;
  };
  const copy = (x: Float32Feature): Float32Feature => map(x, (item) => item);
  return fromBlocks<number, number>(definitions, {
    enter: (step) => ({ x: sample(step), context: step }),
    exit: copy,
    model: { sample, feature: copy, output: copy },
  });
}

function at(feature: Float32Feature, index: number): Float32Array {
  return feature instanceof Float32Array ? feature : (feature[index] ?? new Float32Array());
}
