import type { GpuMode } from '../../../src/index.ts';
import { questions } from './questions.ts';

/** What is asked, and of which mode. */
export interface Question {
  readonly name: keyof typeof questions;
  readonly mode: GpuMode;
}

/** What came of it: plain data, or the text of an error. */
export interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

/** Answers a question; errors become text, since they must travel. */
export async function answer({ name, mode }: Question): Promise<Answer> {
  try {
    return { value: await questions[name](mode) };
  } catch (thrown) {
    return { error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}
