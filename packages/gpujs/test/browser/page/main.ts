import { answer, type Answer, type Question } from './answer.ts';

declare global {
  interface Window {
    /** Puts a question to the worker. */
    askWorker(question: Question): Promise<Answer>;
    /** Puts a question to the page itself. */
    askPage(question: Question): Promise<Answer>;
  }
}

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

window.askPage = answer;
window.askWorker = (question) =>
  new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data as Answer), { once: true });
    worker.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
    worker.postMessage(question);
  });
