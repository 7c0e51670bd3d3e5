import { answer, type Answer, type Question } from './answer.ts';

declare global {
  /** Puts a question to the page itself, or to a worker of its own. */
  var ask: (question: Question, where: 'page' | 'worker') => Promise<Answer>;
}

globalThis.ask = (question, where) => (where === 'page' ? answer(question) : askWorker(question));

function askWorker(question: Question): Promise<Answer> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Answer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data as Answer));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.postMessage(question, []);
  }).finally(() => worker.terminate());
}
