import { PolicyConfigError, PolicyError, RefrainError } from '@refrain/core';
import { LatteMiniError, loadConfig, loadTokenizer } from '@refrain/latte-mini';
import { DiffusionError, type VideoDimensions } from '@refrain/diffusion';
import type { BackendId, Failure, Job, News, Request } from '../messages.ts';
import type { ModelFacts } from './backends/backend.ts';
import { backends, lookAround } from './backends/index.ts';
import { verify } from './backends/verify.ts';
import type { OpenModel } from './open-model.ts';
import { runJob } from './run-job.ts';

/** What is used of the worker's global scope, which the library for pages does not describe. */
interface Scope {
  postMessage(news: News): void;
  addEventListener(kind: 'message', listener: (event: MessageEvent<Request>) => void): void;
}

const scope = globalThis as unknown as Scope;
let open: { readonly id: BackendId; readonly model: OpenModel } | undefined;
let facts: Promise<ModelFacts> | undefined;
let running: AbortController | undefined;
/** Requests are served one after the other; only `stop` overtakes. */
let queue: Promise<void> = Promise.resolve();

scope.addEventListener('message', ({ data: request }) => {
  if (request.do === 'stop') running?.abort();
  else queue = queue.then(() => serve(request));
});

async function serve(request: Exclude<Request, { do: 'stop' }>): Promise<void> {
  try {
    if (request.do === 'look') scope.postMessage({ of: 'backends', backends: await lookAround() });
    if (request.do === 'open') await openBackend(request.backend);
    if (request.do === 'generate') await generate(request.job);
  } catch (error) {
    if (running?.signal.aborted) scope.postMessage({ of: 'stopped' });
    else {
      if (!isMistake(error)) await close();
      scope.postMessage({ of: 'failed', failure: failureOf(error) });
    }
  } finally {
    running = undefined;
  }
}

async function generate(job: Job): Promise<void> {
  running = new AbortController();
  const { signal } = running;
  const model = await openBackend(job.backend);
  const { config } = await loadFacts();
  const size: VideoDimensions = {
    channels: config.outputChannels,
    frames: config.frames,
    height: config.sampleSize,
    width: config.sampleSize,
  };
  signal.throwIfAborted();
  await runJob(model, job, size, signal, (step) => scope.postMessage({ of: 'step', step }));
  scope.postMessage({ of: 'finished' });
}

/** Opens a backend once; another one takes its place, since most devices hold only one model well. */
async function openBackend(id: BackendId): Promise<OpenModel> {
  if (open?.id === id) return open.model;
  const backend = backends.find((candidate) => candidate.id === id);
  if (!backend) throw new RangeError(`there is no backend "${id}"`);
  scope.postMessage({ of: 'opening', backend: id });
  await close();
  const model = await backend.open(await loadFacts());
  open = { id, model };
  scope.postMessage({ of: 'opened', backend: id, offer: model.offer });
  return model;
}

/** What is wrong with a device may stay wrong: the next run opens it anew. */
async function close(): Promise<void> {
  const before = open;
  open = undefined;
  await before?.model.dispose().catch(() => {});
}

/** What was asked for cannot be; the model has nothing to do with it. */
function isMistake(error: unknown): boolean {
  return [PolicyConfigError, PolicyError, DiffusionError].some((kind) => error instanceof kind);
}

async function loadFacts(): Promise<ModelFacts> {
  facts ??= Promise.all([loadConfig({ verify }), loadTokenizer({ verify })]).then(([config, tokenizer]) => ({
    config,
    tokenizer,
  }));
  facts.catch(() => (facts = undefined));
  return facts;
}

function failureOf(error: unknown): Failure {
  if (error instanceof RefrainError || error instanceof LatteMiniError)
    return { code: error.code, message: withCauses(error) };
  return { code: 'UNEXPECTED', message: error instanceof Error ? withCauses(error) : String(error) };
}

function withCauses(error: Error): string {
  const { cause, message } = error;
  return cause instanceof Error && !message.includes(cause.message)
    ? `${message} (${withCauses(cause)})`
    : message;
}
