import { html, type Markup } from '@refrain/charts';
import type { Failure } from '../messages.ts';
import { plainMessage } from '../policies/judge.ts';

interface Advice {
  readonly title: string;
  readonly advice: string;
}

const wordsWrong = {
  title: 'The prompt does not work',
  advice: 'Pick words from the lists below the prompt.',
};
const policyWrong = {
  title: 'This is no policy',
  advice: 'Correct its text, or choose one from the list and change its options there.',
};
const policyUnfit = {
  title: 'The policy does not suit this run',
  advice: 'Choose another policy or another backend, or change the number of steps.',
};
const filesWrong = {
  title: 'The model could not be loaded',
  advice:
    'Reload the page. If that does not help, the site was copied incompletely: build and upload it again.',
};
const backendWrong = {
  title: 'The backend gave up',
  advice: 'Try again: it is opened anew. If it fails again, choose another backend.',
};

const known: Readonly<Record<string, Advice>> = {
  UNKNOWN_WORD: wordsWrong,
  PROMPT_EMPTY: wordsWrong,
  PROMPT_TOO_LONG: wordsWrong,
  POLICY_UNKNOWN: policyWrong,
  POLICY_SYNTAX: policyWrong,
  POLICY_OPTIONS: policyWrong,
  POLICY_NEEDS: policyUnfit,
  POLICY_FIT: policyUnfit,
  MODEL_FILE_MISSING: filesWrong,
  MODEL_FILE_UNREADABLE: filesWrong,
  MODEL_FILE_CORRUPT: filesWrong,
  MODEL_FILE_INVALID: filesWrong,
  WORKER_FAILED: {
    title: 'The worker ended',
    advice: 'It may have run out of memory. Reload the page, close other tabs, or choose another backend.',
  },
};

/** An error as a message with what to do about it. */
export function failureMessage({ code, message }: Failure): Markup {
  const { title, advice } = known[code] ?? backendWrong;
  return html`<h3>${title}</h3>
    <p>${plainMessage(message)}</p>
    <p>${advice}</p>
    <p class="hint">${code}</p>`;
}
