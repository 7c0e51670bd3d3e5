import type { GenerationOptions } from '../pipeline/generation.ts';

/** What is compared, and where results go. */
export interface CompareOptions extends Omit<GenerationOptions, 'signal'> {
  readonly policies: readonly string[];
  readonly prompts: readonly string[];
  /** How often every generation is timed. */
  readonly repeats: number;
  readonly threads: number;
  /** Output folder: `report.html`, `comparison.json`, `videos/`, `parts/`. */
  readonly folder: string;
  /** Take prompts that are finished in the folder from there. */
  readonly resume: boolean;
  /** The command line, for the report. */
  readonly command?: string;
  readonly signal: AbortSignal;
}

/** Told how far the work is. */
export interface CompareProgress {
  /** Before anything: how many generation steps there are to do. */
  begin(steps: number): void;
  /** A generation step is done. */
  step(prompt: string, what: string, step: number): void;
  /** A prompt came from an earlier run. */
  skip(prompt: string, steps: number): void;
}
