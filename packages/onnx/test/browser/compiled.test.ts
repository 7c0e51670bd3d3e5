import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { compileModel } from '../../src/index.ts';
import { latteMini } from '../latte-mini.ts';
import { chromiumPath, startChromium } from '../../../../scripts/chromium.ts';
import { serve, type Served } from './server.ts';

if (!chromiumPath)
  console.warn('SKIPPED: compiled graphs are not tested in a browser, because no Chromium was found');

describe.skipIf(!chromiumPath)('the browser example of docs/compile.md', () => {
  let browser: Browser;
  let served: Served;
  beforeAll(async () => {
    const { file, description } = await compileModel({
      model: await latteMini(),
      policy: 'fbcache(threshold=0.12)',
    });
    const page = await readFile(new URL('../../../../docs/compile.md', import.meta.url), 'utf8');
    const html = /```html\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    served = await serve({
      'index.html': html,
      'webgpu.html': `<!doctype html><body></body><script type="module">
        import * as ort from './ort.webgpu.bundle.min.mjs';
        await ort.InferenceSession.create('cached.onnx', { executionProviders: ['wasm'] })
          .catch(({ message }) => (document.body.textContent = message));
        document.title = 'done';
      </script>`,
      'cached.onnx': file,
      'cached.json': JSON.stringify(description),
    });
    browser = await startChromium('software', ['--enable-features=Vulkan', '--disable-vulkan-surface']);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  test('computes the first step, and reuses some', async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(`${served.address}index.html`);
    await page
      .waitForFunction(() => document.title === 'done', undefined, { timeout: 55_000 })
      .catch(() => {});
    expect(problems).toEqual([]);
    const mask = (await page.textContent('#log')) ?? '';
    expect(mask).toMatch(/^1[01]{5}$/);
    expect(mask).toContain('0');
  });

  test('the build of onnxruntime-web for WebGPU cannot run it, as the page says', async () => {
    const page = await browser.newPage();
    await page.goto(`${served.address}webgpu.html`);
    await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 55_000 });
    expect(await page.textContent('body')).toMatch(
      /not find an implementation for Add|Provider type for Add/,
    );
  });
});
