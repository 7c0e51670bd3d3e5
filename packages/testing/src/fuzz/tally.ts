import type { Course } from '../walk/course.ts';

/** What was tried. Plain data. */
export interface FuzzTally {
  /** Cases in all. */
  readonly cases: number;
  /** Cases that were walked on traces, with numbers in the place of features. */
  readonly walked: number;
  /** Cases that were executed on a toy model. */
  readonly executed: number;
  /** Steps of the walked cases. */
  readonly steps: number;
  /** Decisions in them. */
  readonly decisions: number;
  /** Decisions that reused. */
  readonly reused: number;
  /** Different states of the policy, in the cases that were walked with its state going through JSON: one of three. */
  readonly states: number;
  /** True if more states were met than are told apart. */
  readonly statesCapped: boolean;
  /** Seconds that it took. */
  readonly seconds: number;
}

/** As many states as are told apart: beyond them a count says little, and memory would grow for ever. */
const MOST_STATES = 1_000_000;

/** Counts what is tried. */
export class Tallier {
  readonly #states = new Set<number>();
  readonly #now: () => number;
  readonly #start: number;
  walked = 0;
  executed = 0;
  #steps = 0;
  #decisions = 0;
  #reused = 0;

  /** @param now - a clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  /** Counts a walk. */
  course({ run, decisions }: Course): void {
    this.walked += 1;
    this.#steps += run.steps;
    this.#decisions += decisions.length;
    for (const { did } of decisions) if (did === 'reused') this.#reused += 1;
  }

  /** Counts a state, by its text. */
  state(text: string): void {
    if (this.#states.size < MOST_STATES) this.#states.add(hashOf(text));
  }

  /** What was counted so far. */
  get tally(): FuzzTally {
    return {
      cases: this.walked + this.executed,
      walked: this.walked,
      executed: this.executed,
      steps: this.#steps,
      decisions: this.#decisions,
      reused: this.#reused,
      states: this.#states.size,
      statesCapped: this.#states.size >= MOST_STATES,
      seconds: (this.#now() - this.#start) / 1000,
    };
  }
}

/** 52 bits of a text: among a million of them two alike are a matter of one in nine thousand. */
function hashOf(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return (low >>> 0) + ((high ^ (high >>> 15)) & 0xfffff) * 2 ** 32;
}
