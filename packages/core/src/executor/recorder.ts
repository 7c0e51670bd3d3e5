import type { DecisionRecord, RunSeconds } from '../report/report.ts';
import { WarningLog } from '../report/warnings.ts';

/** The parts of a pass whose time is measured. */
export type Activity = Exclude<keyof RunSeconds, 'total' | 'overhead'>;

/** Keeps what happened in a run: decisions, times, warnings. */
export class Recorder {
  readonly #now: () => number;
  readonly #onDecision: ((record: DecisionRecord) => void) | undefined;
  readonly #milliseconds: Record<Activity, number> = {
    frame: 0,
    compute: 0,
    reuse: 0,
    keep: 0,
    indicator: 0,
  };
  #total = 0;

  /** All decisions, in the order in which they were taken. */
  readonly decisions: DecisionRecord[] = [];
  /** All warnings. */
  readonly warnings: WarningLog = new WarningLog();
  /** Passes that came to their end. */
  passes = 0;

  /**
   * @param now - clock in milliseconds
   * @param onDecision - told about every decision that was carried out
   */
  constructor(now: () => number, onDecision?: (record: DecisionRecord) => void) {
    this.#now = now;
    this.#onDecision = onDecision;
  }

  /** Notes a decision that was carried out. */
  note(record: DecisionRecord): void {
    this.decisions.push(record);
    this.warnings.addFrom(record);
    this.#onDecision?.(record);
  }

  /** Runs a piece of work and adds its time to an activity. */
  async time<T>(activity: Activity, work: () => T | Promise<T>): Promise<T> {
    const start = this.#now();
    try {
      return await work();
    } finally {
      this.#milliseconds[activity] += this.#now() - start;
    }
  }

  /** Runs a whole pass and adds its time to the total. */
  async timeAll<T>(work: () => Promise<T>): Promise<T> {
    const start = this.#now();
    try {
      return await work();
    } finally {
      this.#total += this.#now() - start;
    }
  }

  /** Where the time went, in seconds. */
  seconds(): RunSeconds {
    const { frame, compute, reuse, keep, indicator } = this.#milliseconds;
    const overhead = this.#total - frame - compute - reuse - keep - indicator;
    return {
      total: this.#total / 1000,
      frame: frame / 1000,
      compute: compute / 1000,
      reuse: reuse / 1000,
      keep: keep / 1000,
      indicator: indicator / 1000,
      overhead: overhead / 1000,
    };
  }
}
