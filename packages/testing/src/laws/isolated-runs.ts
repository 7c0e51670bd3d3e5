import { refrain, type Run, type StepPlace } from '@refrain/core';
import fc from 'fast-check';
import { courseOf, inputOf, runCase, runnerOf, type SignalCase } from '../cases/executed.ts';
import { interruptions, type Interruption } from '../cases/interruptions.ts';
import { optionsOf } from '../cases/run-case.ts';
import { wildSignals } from '../cases/signals.ts';
import { placesOf, walk } from '../toy/generate.ts';
import { alike, firstDifference } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { Breach, ExecutedCheck } from './law.ts';

type Place = Required<StepPlace>;
type ToyRun = Run<number, readonly number[]>;

interface Pair {
  readonly other: readonly number[];
  /** Which of the two runs goes on. */
  readonly order: readonly boolean[];
}

/** Law 8, of two runs of one model. */
export const runsInTurns: ExecutedCheck = executedCheck<Pair>({
  title: 'makes of two runs in turns what it makes of one after the other',
  signals: wildSignals,
  extra: ({ run }) => {
    const passes = 2 * placesOf(optionsOf(run)).length;
    const order = fc.array(fc.boolean(), {
      minLength: Math.min(passes, 80),
      maxLength: Math.min(passes, 80),
    });
    return fc.record({ other: wildSignals(run.steps), order });
  },
  async check(given, { other, order }, { execute }) {
    const { run, policy, signal } = given;
    const runner = runnerOf(run);
    const model = execute(runner, policy);
    const sides = [signal, other].map((input) => new Side(model.start(optionsOf(run)), given, input));
    const [one, two] = sides as [Side, Side];
    for (const first of order) await ((first && !one.over) || two.over ? one : two).go();
    for (const side of sides) while (!side.over) await side.go();
    for (const side of sides) {
      const breach = await side.comparedWithAlone();
      if (breach) return breach;
    }
    return runner.ledger.live > 0 ? { reason: `${runner.ledger.live} features are left behind` } : undefined;
  },
});

/** One of several runs at the same time. */
class Side {
  readonly #run: ToyRun;
  readonly #given: SignalCase;
  readonly #left: Place[];
  readonly #outputs: (readonly number[])[] = [];

  constructor(run: ToyRun, given: SignalCase, signal: readonly number[]) {
    this.#run = run;
    this.#given = { ...given, signal };
    this.#left = placesOf(optionsOf(given.run));
  }

  get over(): boolean {
    return this.#left.length === 0;
  }

  async go(): Promise<void> {
    const place = this.#left.shift();
    if (place) this.#outputs.push(await this.#run.step(inputOf(this.#given.signal)(place), place));
  }

  /** By Refrain's own executor, on its own: what the law compares with must not be what it tests. */
  async comparedWithAlone(): Promise<Breach | undefined> {
    const alone = await runCase(this.#given, { execute: refrain });
    const { decisions } = this.#run.report();
    const index = firstDifference(decisions, alone.report.decisions);
    if (index === undefined && alike(this.#outputs, alone.outputs)) return undefined;
    return {
      reason: 'a run beside another one is not what it is alone',
      course: courseOf(this.#given, this.#run.report()),
      index: index ?? 0,
    };
  }
}

/** Law 8, of runs one after the other. */
export const afterInterruption: ExecutedCheck = executedCheck<{
  readonly other: readonly number[];
  readonly interruption: Interruption;
}>({
  title: 'makes of a second run what it makes of a first, also after one that was aborted, ended or failed',
  signals: wildSignals,
  extra: ({ run }) =>
    fc.record({
      other: wildSignals(run.steps),
      interruption: interruptions(placesOf(optionsOf(run)).length),
    }),
  async check(given, { other, interruption }, { execute }) {
    const { run, policy, signal } = given;
    let broken = false;
    const runner = runnerOf(run, {
      before: () => {
        if (broken) throw new Error('boom');
      },
    });
    const model = execute(runner, policy);
    const controller = new AbortController();
    const spoilt = model.start({ ...optionsOf(run), signal: controller.signal });
    const places = placesOf(optionsOf(run));
    const { after, by } = interruption;
    await walk(spoilt, places.slice(0, after), inputOf(other));
    if (by === 'abort') controller.abort();
    if (by === 'failure') broken = true;
    if (by !== 'end') await walk(spoilt, places.slice(after), inputOf(other));
    broken = false;
    spoilt.end();
    const { held } = spoilt.report().bytes;
    const { live, openPasses } = runner.ledger;
    if (live + openPasses + held > 0)
      return {
        reason: `a run that was stopped by ${by} after ${after} passes left ${live} features, ${openPasses} open passes and ${held} B behind`,
      };
    const again = model.start(optionsOf(run));
    const { outputs, error } = await walk(again, places, inputOf(signal));
    const alone = await runCase(given, { execute: refrain });
    const { decisions } = again.report();
    const index = firstDifference(decisions, alone.report.decisions);
    if (index === undefined && error === undefined && alike(outputs, alone.outputs)) return undefined;
    return {
      reason: `a run after one that was stopped by ${by} after ${after} passes is not what it is alone`,
      course: courseOf(given, again.report()),
      index: index ?? 0,
    };
  },
});
