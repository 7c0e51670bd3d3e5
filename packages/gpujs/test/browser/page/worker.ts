import { answer, type Question } from './answer.ts';

globalThis.addEventListener('message', (event) => {
  void answer((event as MessageEvent<Question>).data).then((result) =>
    globalThis.postMessage(result, { transfer: [] }),
  );
});
