import type { GpuMode } from '../../src/index.ts';

/** What a page is asked: the name of a question, and of which mode. */
export interface Question {
  readonly name: string;
  readonly mode: GpuMode;
}

/** What came of it: plain data, or the text of an error. */
export interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

/** Answers a question. Errors become text, since they must travel. */
export type Answering = (question: Question) => Promise<Answer>;

declare global {
  /** Puts a question to the page itself, or to a worker of its own. */
  var ask: (question: Question, where: 'page' | 'worker') => Promise<Answer>;
}

/** Makes answers of functions, by name. */
export function answering(
  questions: Readonly<Record<string, (mode: GpuMode) => Promise<unknown>>>,
): Answering {
  return async ({ name, mode }) => {
    try {
      return { value: await questions[name]?.(mode) };
    } catch (thrown) {
      return { error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
    }
  };
}

/** Lets a page be asked. */
export function offer(answer: Answering, startWorker: () => Worker): void {
  globalThis.ask = (question, where) =>
    where === 'page' ? answer(question) : askWorker(startWorker(), question);
}

/** Lets a worker be asked. */
export function listen(answer: Answering): void {
  globalThis.addEventListener('message', (event) => {
    void answer((event as MessageEvent<Question>).data).then((result) =>
      globalThis.postMessage(result, { transfer: [] }),
    );
  });
}

function askWorker(worker: Worker, question: Question): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data as Answer));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.postMessage(question, []);
  }).finally(() => worker.terminate());
}
