import { readRatio } from '../indicator/ratio.ts';
import type { Reason } from '../policy/reason.ts';
import type { DecisionRecord, Warning } from './report.ts';

/** Collects warnings by code: the first message stays, the rest is counted. */
export class WarningLog {
  readonly #warnings = new Map<Warning['code'], { message: string; count: number }>();

  /** Notes that something happened once more. */
  add(code: Warning['code'], message: string): void {
    const known = this.#warnings.get(code);
    if (known) known.count += 1;
    else this.#warnings.set(code, { message, count: 1 });
  }

  /** Notes what an executed decision tells: unusable indicators, refused reuse. */
  addFrom(record: DecisionRecord): void {
    const place = `at step ${record.step} of ${record.branch}`;
    for (const [name, measurement] of Object.entries(record.measured ?? {})) {
      const reading = readRatio(measurement);
      if (reading.usable) continue;
      if (reading.because === 'not-finite')
        this.add('non-finite-indicator', `indicator "${name}" was not finite ${place}: computed instead`);
      if (reading.because === 'zero-reference')
        this.add(
          'zero-reference',
          `indicator "${name}" had an all-zero reference ${place}: computed instead`,
        );
      if (reading.because === 'shape-changed')
        this.add(
          'shape-changed',
          `the feature of indicator "${name}" changed its shape ${place}: computed instead`,
        );
    }
    if (record.refused)
      this.add(
        record.refused === 'shape-changed' ? 'shape-changed' : 'reuse-refused',
        `the policy wanted to reuse ${record.site}–${record.until} ${place}, but ${refusals[record.refused]}: computed instead`,
      );
  }

  /** All warnings, in the order of their first appearance. */
  list(): readonly Warning[] {
    return [...this.#warnings].map(([code, { message, count }]) => ({ code, message, count }));
  }
}

const refusals = {
  'nothing-cached': 'nothing was cached for it',
  'shape-changed': 'the cached feature has another shape',
  'other-history': 'the cached features are of other steps than the forecast was made for',
  'too-old': 'the cached feature is older than the policy allows',
} as const;

/**
 * Why a finished run reused nothing, in a sentence; undefined if it reused something or was meant not to.
 *
 * @param decisions - of one run
 * @param history - how many past features the policy combines: with none it was meant to compute everything
 */
export function explainNoReuse(decisions: readonly DecisionRecord[], history: number): string | undefined {
  const computed = decisions.filter(({ did }) => did === 'computed');
  if (history === 0 || computed.length === 0 || decisions.some(({ did }) => did === 'reused'))
    return undefined;
  const reasons = telling(computed.map(({ why }) => why));
  const refused = computed.filter((record) => record.refused).length;
  if (refused > 0) return `every wanted reuse was refused (${refused} times)`;
  const commonest = mostFrequent(reasons);
  return commonest ? sentences(commonest, reasons) : 'the run was over before anything could be reused';
}

/** Reasons that explain something: not the first step, nor looking, nor what is computed always besides other things. */
function telling(reasons: readonly Reason[]): readonly Reason[] {
  const some = reasons.filter(({ kind }) => kind !== 'first' && kind !== 'look');
  const choices = some.filter(({ kind }) => kind !== 'always-compute');
  return choices.length > 0 ? choices : some;
}

function mostFrequent(reasons: readonly Reason[]): Reason | undefined {
  const counts = new Map<string, { reason: Reason; count: number }>();
  for (const reason of reasons) {
    const known = counts.get(reason.kind) ?? { reason, count: 0 };
    counts.set(reason.kind, { ...known, count: known.count + 1 });
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count)[0]?.reason;
}

function sentences(reason: Reason, all: readonly Reason[]): string {
  switch (reason.kind) {
    case 'above-threshold': {
      const values = all.flatMap((other) => (other.kind === 'above-threshold' ? [other.value] : []));
      return `the threshold ${reason.threshold} was never reached: the smallest indicator was ${Math.min(...values).toPrecision(3)}`;
    }
    case 'no-indicator':
      return `the indicator was unusable (${reason.because})`;
    case 'warm-up':
      return `warm-up lasts until step ${reason.until}`;
    case 'tail':
      return `everything from step ${reason.from} on is computed`;
    case 'outside-window':
      return `no step had a timestep between ${reason.low} and ${reason.high}`;
    case 'always-compute':
      return 'the policy computes all sites of this model';
    default:
      return `the policy's rule (${reason.kind}) allowed no reuse in this run`;
  }
}
