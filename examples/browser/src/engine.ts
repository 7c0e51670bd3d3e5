import type { BackendId, Job, News, Request } from './messages.ts';

/** The worker as the page sees it. All work is there: the page only draws. */
export interface Engine {
  look(): void;
  open(backend: BackendId): void;
  generate(job: Job): void;
  /** Asks the worker to stop; after a while without an answer it is ended and started anew. */
  stop(): void;
}

/** A stuck driver must not keep the reader waiting for longer than this, in milliseconds. */
const patience = 5000;

/**
 * Starts the worker.
 *
 * @param tell - gets everything that it says
 */
export function startEngine(tell: (news: News) => void): Engine {
  let worker = start();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const ask = (request: Request): void => worker.postMessage(request);

  function start(): Worker {
    const fresh = new Worker(new URL('./worker/worker.ts', import.meta.url), {
      type: 'module',
      name: 'refrain',
    });
    let heard = false;
    fresh.addEventListener('message', ({ data }: MessageEvent<News>) => {
      heard = true;
      if (data.of !== 'step') clearTimeout(waiting);
      tell(data);
    });
    fresh.addEventListener('error', (event) => {
      event.preventDefault();
      // One that never came to speak would not do better the next time.
      if (heard) restart();
      const message = `The worker ended: ${event.message || 'its script could not be loaded'}.`;
      tell({ of: 'failed', failure: { code: 'WORKER_FAILED', message } });
    });
    return fresh;
  }

  function restart(): void {
    clearTimeout(waiting);
    worker.terminate();
    worker = start();
  }

  return {
    look: () => ask({ do: 'look' }),
    open: (backend) => ask({ do: 'open', backend }),
    generate: (job) => ask({ do: 'generate', job }),
    stop() {
      ask({ do: 'stop' });
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        restart();
        tell({ of: 'stopped' });
      }, patience);
    },
  };
}
