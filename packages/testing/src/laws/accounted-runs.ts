import fc from 'fast-check';
import { courseOf, inputOf, runCase, runnerOf } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { finiteSignals } from '../cases/signals.ts';
import { generate } from '../toy/generate.ts';
import { alike } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { ExecutedCheck } from './law.ts';

/** Seconds that the toy runner takes for each thing: whole ones, so that sums are exact. */
const prices: Readonly<Record<string, number>> = {
  enter: 2,
  exit: 4,
  span: 1024,
  subtract: 16,
  // Asked for what is kept and for forecasts alike.
  isFinite: 0,
  sketch: 64,
  look: 128,
  relativeL1: 256,
  combine: 8192,
};
const bills = {
  frame: ['enter', 'exit'],
  compute: ['span'],
  reuse: ['combine'],
  keep: ['isFinite'],
  indicator: ['sketch', 'look', 'relativeL1'],
} as const;

/** Law 14, of time. */
export const bookedTime: ExecutedCheck = executedCheck<boolean>({
  title: 'books the time of everything that the runner does, under the right name',
  signals: finiteSignals,
  extra: () => fc.boolean(),
  async check({ run, policy, signal }, asynchronous, { execute }) {
    let clock = 5e6;
    const spent: Record<string, number> = {};
    const before = (call: string): void => {
      const price = prices[call] ?? 0;
      clock += 1000 * price;
      spent[call] = (spent[call] ?? 0) + price;
    };
    const runner = runnerOf(run, { before, asynchronous });
    const options = { ...optionsOf(run), now: () => clock };
    const { report } = await generate(runner, policy, options, inputOf(signal), undefined, execute);
    const { total, overhead, ...parts } = report.seconds;
    const billed = (part: keyof typeof bills): number =>
      bills[part].reduce((sum, call) => sum + (spent[call] ?? 0), 0);
    for (const part of ['frame', 'compute', 'reuse'] as const)
      if (parts[part] !== billed(part))
        return { reason: `${parts[part]} s are booked as ${part}, the runner took ${billed(part)}` };
    // Differences are taken for residuals that are kept and for residuals that are compared.
    const [kept, compared] = [parts.keep - billed('keep'), parts.indicator - billed('indicator')];
    if (Math.min(kept, compared) < 0 || kept + compared !== (spent['subtract'] ?? 0))
      return {
        reason: `${kept} s and ${compared} s of differences are booked, ${spent['subtract']} were taken`,
      };
    const left = total * 1000 - (clock - 5e6);
    return left !== 0 || overhead !== 0
      ? { reason: `${left} ms of the total and ${overhead} s of overhead are nobody's` }
      : undefined;
  },
});

/** Law 14, of the report. */
export const reportInFull: ExecutedCheck = executedCheck({
  title: 'reports a reuse rate that its decisions add up to, in plain data that survive JSON',
  signals: finiteSignals,
  async check(given, _, { execute }) {
    const { report } = await runCase(given, { execute });
    const course = courseOf(given, report);
    const { length, passes } = course;
    const reused = report.decisions.reduce(
      (sum, { did, site, until }) =>
        did === 'reused' ? sum + Math.min(until, length) - Math.max(site, 0) : sum,
      0,
    );
    if (report.reuseRate !== reused / (length * passes))
      return {
        reason: `a reuse rate of ${report.reuseRate} is reported, decisions add up to ${reused} sites`,
        course,
      };
    // JSON has no NaN; readers take null for unusable, as the warning says of it.
    if (report.warnings.some(({ code }) => code === 'non-finite-indicator')) return undefined;
    return alike(JSON.parse(JSON.stringify(report)), report)
      ? undefined
      : { reason: 'the report does not survive JSON', course };
  },
});
