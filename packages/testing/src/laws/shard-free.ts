import {
  fromBlocks,
  refrain,
  type Float32Feature,
  type Policy,
  type RunReport,
  type Sums,
} from '@refrain/core';
import fc from 'fast-check';
import { courseOf, verdicts, type SignalCase } from '../cases/executed.ts';
import { optionsOf, type RunCase } from '../cases/run-case.ts';
import { generate, placesOf, type Executor } from '../toy/generate.ts';
import { exactModel } from '../toy/model.ts';
import { trackedRunner } from '../toy/tracked-runner.ts';
import { firstDifference } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { PolicyLaw } from './law.ts';
import { Meeting } from './meeting.ts';

/** Two or three ranks hold equal parts, and all strides that are tried divide each. */
const WIDTH = 360;

const signals = (steps: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.oneof(fc.constant(1024), fc.integer({ min: 0, max: 2048 })), {
    minLength: steps,
    maxLength: steps,
  });

/** Law 10. */
export const shardFree: PolicyLaw = {
  name: 'shard-free',
  number: 10,
  statement: 'Splitting a feature over ranks and adding the sums changes no decision.',
  matters:
    'Ranks that decide differently wait for each other for ever, or put parts of two pictures together.',
  fault:
    'First-block cache of diffusers measures its own shard only; cache-dit compared sharded with full tensors under context parallelism (#1094), xDiT needed a patch against ranks that diverge (#741).',
  runs: [
    executedCheck<number>({
      title: 'decides on every rank as on one that holds the whole feature',
      signals,
      extra: () => fc.constantFrom(2, 3),
      async check(given, ranks, { execute }) {
        if (!isSummedOverElements(given.policy)) return undefined;
        const whole = await runOnRank(given, execute, 0, 1);
        const meeting = new Meeting(ranks);
        const parts = await Promise.all(
          Array.from({ length: ranks }, (_, rank) => runOnRank(given, execute, rank, ranks, meeting)),
        );
        for (const [rank, part] of parts.entries()) {
          const index =
            firstDifference(verdicts(part.decisions), verdicts(whole.decisions)) ??
            firstDifference(numbersOf(part), numbersOf(whole));
          if (index !== undefined)
            return {
              reason: `rank ${rank} of ${ranks} does not decide or measure what one alone does`,
              course: courseOf(given, part),
              index,
            };
        }
        return undefined;
      },
    }),
    executedCheck<number>({
      title: 'decides on a tuple of arrays as on one array',
      signals,
      extra: () => fc.integer({ min: 1, max: WIDTH / 60 - 1 }),
      async check(given, cut, { execute }) {
        const { run, policy, signal } = given;
        if (!isSummedOverElements(policy)) return undefined;
        const reports: RunReport[] = [];
        for (const split of [0, cut * 60]) {
          const started = execute(float32Runner(run, signal, split), policy).start(optionsOf(run));
          for (const place of placesOf(optionsOf(run))) await started.step(place.step, place);
          reports.push(started.report());
        }
        const [one, two] = reports as [RunReport, RunReport];
        const index = firstDifference(two.decisions, one.decisions);
        return index === undefined
          ? undefined
          : { reason: 'it decides otherwise on a tuple of arrays', course: courseOf(given, two), index };
      },
    }),
  ],
};

/**
 * True if all that a policy measures is summed over elements, however they are dealt out. Tokens and frames must stay
 * whole, and conditioning is the same on every rank.
 */
function isSummedOverElements({ needs }: Policy): boolean {
  const { operations = [], conditioning = [] } = needs;
  return conditioning.length === 0 && !operations.includes('tokenNorms') && !operations.includes('motion');
}

/** What was measured. The weights of forecasts are no integers, so that parts of a sum round where the whole does not. */
function numbersOf({ decisions }: RunReport): readonly unknown[] {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? value.toFixed(6) : value;
  return decisions.map(({ measured }) => JSON.stringify(measured ?? null, rounded));
}

async function runOnRank(
  { run, policy, signal }: SignalCase,
  execute: Executor = refrain,
  rank: number,
  ranks: number,
  meeting?: Meeting,
): Promise<RunReport> {
  const part = WIDTH / ranks;
  const model = {
    blocks: run.blocks,
    modules: run.modules,
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
  const runner = trackedRunner({ model });
  const input = ({ step }: { readonly step: number }): number => signal[step] ?? 0;
  const { report, error } = await generate(runner, policy, options, input, undefined, execute);
  if (error) throw error;
  return report;
}

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
