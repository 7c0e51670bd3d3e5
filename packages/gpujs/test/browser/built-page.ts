import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build, preview } from 'vite';
import { startChromium } from '../../../../scripts/chromium.ts';
import type { Answer, Question } from './asking.ts';

/** A page that was built for production, open in a browser. */
export interface BuiltPage {
  /** What the console and the network complained about. */
  readonly complaints: readonly string[];
  ask(question: Question, where: 'page' | 'worker'): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Builds a page as a user would, minified, serves it on this machine, and opens it.
 *
 * @param root - folder of the page, which can be asked
 */
export async function openBuiltPage(root: string): Promise<BuiltPage> {
  const outDir = await mkdtemp(join(tmpdir(), 'refrain-gpujs-'));
  const conditions = ['@refrain/source', 'module', 'browser', 'production'];
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { conditions },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, minify: true, target: 'es2022' },
  });
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'error',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0 },
  });
  const browser = await startChromium('software');
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.setDefaultTimeout(0);
  page.on('console', (message) => {
    // Chromium's remark that a read-back waits, which it is there for.
    if (!message.text().includes('GPU stall due to ReadPixels')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  await page.goto(server.resolvedUrls?.local[0] ?? '');
  return {
    complaints,
    ask: (question, where) => ask(page, question, where),
    close: async () => {
      await browser.close();
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}

async function ask(page: Page, question: Question, where: 'page' | 'worker'): Promise<unknown> {
  const { value, error } = await page.evaluate<Answer, [Question, 'page' | 'worker']>(
    ([what, place]) => globalThis.ask(what, place),
    [question, where],
  );
  if (error !== undefined) throw new Error(`${question.name} in ${question.mode}: ${error}`);
  return value;
}
