import type { DecisionRecord, Entry } from '@refrain/core';
import fc from 'fast-check';
import { courseOf, runCase } from '../cases/executed.ts';
import { executedCheck } from './executed-check.ts';
import type { Breach, PolicyLaw } from './law.ts';

/** Law 12. */
export const boundedMemory: PolicyLaw = {
  name: 'bounded-memory',
  number: 12,
  statement:
    'Bytes held never exceed the budget, nor what the policy says that it combines, at any decision; after the run none are held.',
  matters:
    'Caches of features are as large as the features: without a bound, the longest video decides who crashes.',
  fault: "DiCache's FLUX windows grow by a residual a step; T-GATE never clears `self.cache`.",
  course: ({ decisions }) => growingWindow(decisions),
  runs: [
    executedCheck<number>({
      title: 'holds no more bytes than it may, and none when it is over',
      extra: () => fc.nat(400),
      async check(given, maxBytes, { execute }) {
        const { report, error } = await runCase(given, { maxBytes, execute });
        const course = courseOf(given, report);
        const { held, peak } = report.bytes;
        if (error) return { reason: `a budget of ${maxBytes} B failed the run: ${error.message}`, course };
        if (peak > maxBytes) return { reason: `${peak} B were held of ${maxBytes} allowed`, course };
        return held > 0 ? { reason: `${held} B are held after the run`, course } : undefined;
      },
    }),
    executedCheck({
      title: 'holds of each entry as many past features as the policy says that it combines, and no more',
      async check(given, _, { execute }) {
        const { report } = await runCase(given, { execute });
        const most = BYTES * mostFeatures(report.decisions, given.policy.needs.history);
        if (report.bytes.peak <= most) return undefined;
        return {
          reason: `${report.bytes.peak} B were held; what was kept, ${given.policy.needs.history} times each, and what indicators are compared with come to ${most}`,
          course: courseOf(given, report),
        };
      },
    }),
  ],
};

/** Of the widest feature of the toy model, its conditioning tensor: four numbers. */
const BYTES = 32;

/** Features that a run has a reason to hold: of each lane and entry its history, and what indicators are compared with. */
function mostFeatures(decisions: readonly DecisionRecord[], history: number): number {
  const entries = new Set<string>();
  const references = new Set<string>();
  for (const { branch, call, keep = [], measured = {} } of decisions) {
    for (const entry of keep) entries.add(`${branch} ${call} ${keyOf(entry)} ${entry.slot ?? ''}`);
    for (const name of Object.keys(measured)) references.add(`${branch} ${call} ${name}`);
  }
  return entries.size * Math.max(1, history) + references.size;
}

/** Names for the histories of one span, beyond which they must be names of steps. */
const MOST_SLOTS = 32;

/** A policy that keeps every step under another name holds all of them. */
function growingWindow(decisions: readonly DecisionRecord[]): Breach | undefined {
  const slots = new Map<string, Set<string>>();
  for (const [index, { branch, call, keep = [] }] of decisions.entries())
    for (const entry of keep) {
      const key = `${branch} ${call} ${keyOf(entry)}`;
      const names = slots.get(key) ?? new Set();
      slots.set(key, names.add(entry.slot ?? ''));
      if (names.size > MOST_SLOTS)
        return {
          reason: `${entry.from}–${entry.until} is kept under more than ${MOST_SLOTS} names: a window that grows`,
          index,
        };
    }
  return undefined;
}

function keyOf({ from, until, form }: Entry): string {
  return `${from} ${until} ${form}`;
}
