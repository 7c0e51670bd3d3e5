import { RunError, type DecisionRecord, type Run, type StepPlace } from '@refrain/core';
import fc from 'fast-check';
import { courseOf, inputOf, runnerOf, type SignalCase } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { finiteSignals } from '../cases/signals.ts';
import { executedCheck } from '../laws/executed-check.ts';
import { verdictDifference } from '../laws/verdict-difference.ts';
import type { Breach, ExecutedCheck } from '../laws/law.ts';
import { placesOf } from '../toy/generate.ts';
import type { TrackedRunner } from '../toy/tracked-runner.ts';
import { Walker } from '../walk/walk.ts';
import type { World } from '../walk/world.ts';

/** What may happen next, and to which of the runs. */
interface Command {
  readonly do: 'start' | 'step' | 'abort' | 'concurrent';
  readonly which: number;
}

const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.record({
    do: fc.constantFrom<Command['do']>('start', 'step', 'step', 'step', 'step', 'abort', 'concurrent'),
    which: fc.nat(2),
  }),
  { minLength: 1, maxLength: 60 },
);

type ToyRun = Run<number, readonly number[]>;
type Place = Required<StepPlace>;

/** A run, the model of it that knows nothing but which entries were kept at which steps, and what is left to do. */
interface Started {
  readonly run: ToyRun;
  readonly abort: AbortController;
  readonly model: Walker;
  readonly left: Place[];
  /** Decisions that the model has not seen yet: it measures what they measured. */
  readonly told: DecisionRecord[];
  signal: number;
}

/** Law 8, by sequences of commands against a model. */
export const interleavedCommands: ExecutedCheck = executedCheck<readonly Command[]>({
  title:
    'does what a tiny model of the cache says, whatever runs are started, stepped, aborted and stepped at once',
  signals: finiteSignals,
  extra: () => commands,
  async check(given, list, { execute }) {
    // Inner products are numbers of features, which the model has none of.
    if (given.policy.needs.operations?.includes('products')) return undefined;
    const runner = runnerOf(given.run);
    const cached = execute(runner, given.policy);
    const runs: Started[] = [];
    for (const command of list) {
      const started = runs[command.which % Math.max(1, runs.length)];
      if (command.do === 'start' || !started) runs.push(begin(cached, given, runs.length));
      else if (command.do === 'abort') started.abort.abort();
      else {
        const breach = await go(started, given, command.do === 'concurrent');
        if (breach) return breach;
      }
    }
    for (const { run } of runs) run.end();
    return leftBehind(runner, runs);
  },
});

function begin(
  cached: { start: (options: ReturnType<typeof optionsOf> & { signal: AbortSignal }) => ToyRun },
  given: SignalCase,
  index: number,
): Started {
  const abort = new AbortController();
  const options = optionsOf(given.run);
  const told: DecisionRecord[] = [];
  return {
    run: cached.start({ ...options, signal: abort.signal }),
    abort,
    model: new Walker(given.policy, given.run, worldOf(told)),
    left: placesOf(options),
    told,
    signal: index,
  };
}

/** What the run itself has measured, in the order in which it did. */
function worldOf(told: readonly DecisionRecord[]): World {
  const find = (name: string, at: { step: number; branch: string; call: number; site: number }) =>
    told.find(
      ({ step, branch, call, site, measured }) =>
        step === at.step && branch === at.branch && call === at.call && site === at.site && measured?.[name],
    )?.measured?.[name] ?? ({ kind: 'no-reference' } as const);
  return {
    measure: ({ name }, at) => find(name, at),
    products: (history) => ({ kind: 'products', values: Array.from({ length: history }, () => Number.NaN) }),
  };
}

async function go(started: Started, given: SignalCase, concurrent: boolean): Promise<Breach | undefined> {
  const { run, model, left, told, abort } = started;
  const place = left[0];
  if (!place) return undefined;
  const input = inputOf(given.signal, 1 + started.signal)(place);
  const before = run.report().decisions.length;
  const stepping = run.step(input, place);
  if (concurrent) {
    const refused = await refusalOf(run.step(input, place));
    if (!refused) return { reason: `step ${place.step} was taken twice at once, and neither was refused` };
  }
  const failed = await refusalOf(stepping);
  if (failed) {
    const expected = abort.signal.aborted && failed.code === 'RUN_ABORTED';
    return expected ? undefined : { reason: `step ${place.step} failed: ${failed.message}` };
  }
  left.shift();
  const report = run.report();
  const now = report.decisions.slice(before);
  told.push(...now);
  const seen = model.course.decisions.length;
  model.pass(place.step, place.branch, place.call);
  const index = verdictDifference(now, model.course.decisions.slice(seen));
  if (index === undefined || report.warnings.some(({ code }) => code.startsWith('non-finite')))
    return undefined;
  return {
    reason: `at step ${place.step} the run does not do what its model says`,
    course: courseOf(given, report),
    index: before + index,
  };
}

async function refusalOf(stepping: Promise<unknown>): Promise<RunError | undefined> {
  try {
    await stepping;
    return undefined;
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
}

function leftBehind({ ledger }: TrackedRunner, runs: readonly Started[]): Breach | undefined {
  const held = runs.reduce((sum, { run }) => sum + run.report().bytes.held, 0);
  return ledger.live + ledger.openPasses + held > 0
    ? { reason: `${ledger.live} features, ${ledger.openPasses} open passes and ${held} B are left behind` }
    : undefined;
}
