import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyModel } from '../make-model.ts';
import { chromiumPath, startChromium } from '../../../../scripts/chromium.ts';
import type { GenerationRequest, GenerationResult, Program } from './program.ts';
import { serve, type Served } from './server.ts';

if (!chromiumPath)
  console.warn('SKIPPED: sessions are not tested in a browser, because no Chromium was found');

const page = `<!doctype html><script type="module">
  import * as ort from './ort.webgpu.bundle.min.mjs';
  import { programWith } from './program.mjs';
  window.program = programWith(ort);
</script>`;

declare global {
  interface Window {
    program?: Program;
  }
}

describe.skipIf(!chromiumPath)('the runner in Chromium, with onnxruntime-web', () => {
  let browser: Browser;
  let served: Served;
  let tab: Page;
  beforeAll(async () => {
    const bundled = await build({
      entryPoints: [fileURLToPath(new URL('program.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      conditions: ['@refrain/source'],
      external: ['node:*', 'onnxruntime-node'],
    });
    const program = bundled.outputFiles[0]?.text ?? '';
    served = await serve({ 'index.html': page, 'program.mjs': program, 'tiny.onnx': tinyModel(3) });
    browser = await startChromium('software', ['--enable-features=Vulkan', '--disable-vulkan-surface']);
    tab = await browser.newPage();
    await tab.goto(`${served.address}index.html`);
    await tab.waitForFunction(() => window.program !== undefined);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const generate = (request: GenerationRequest): Promise<GenerationResult | undefined> =>
    tab.evaluate((given) => window.program?.generate(given), request);

  test.each([
    ['wasm', 'never', 'fused', 1],
    ['wasm', 'bwcache(threshold=0.9)', 'gated', 1],
    ['wasm', 'fbcache(threshold=0.9)', 'gated', 2],
    ['wasm', 'fora(interval=2)', 'fused', 2],
    ['webgpu', 'bwcache(threshold=0.9)', 'gated', 1],
    ['webgpu', 'fbcache(threshold=0.9)', 'gated', 2],
    ['webgpu', 'fora(interval=2)', 'fused', 2],
  ] as const)('%s: %s', async (provider, policy, plan, sessions) => {
    const result = await generate({ model: 'tiny.onnx', provider, policy, dims: [1, 3, 4] });
    expect(result).toMatchObject({ provider, plan, sessions, held: 0 });
    expect(result?.mask).toMatch(policy === 'never' ? /^1{6}$/ : /^1[01]*0/);
    expect(result?.difference).toBeLessThan(provider === 'wasm' ? 1e-5 : 1e-3);
    expect(result?.leaked).toBe(0);
    if (provider === 'wasm' || plan === 'fused') expect(result?.onDevice).toBe(0);
    else expect(result?.onDevice).toBeGreaterThan(0);
  });

  test('what is cached stays on the GPU, is counted, and is freed', async () => {
    const request = { model: 'tiny.onnx', policy: 'teacache(threshold=0.9)', dims: [1, 3, 4] };
    const there = await generate({ ...request, provider: 'webgpu' });
    const here = await generate({ ...request, provider: 'wasm' });
    expect(there).toMatchObject({ mask: here?.mask, peak: here?.peak, held: 0, leaked: 0 });
    // The conditioning in every step, and the residual of the blocks.
    expect(there?.onDevice).toBeGreaterThan(6);
  });

  test('a feature on the GPU that is not finite is not reused', async () => {
    const request = { model: 'tiny.onnx', policy: 'fixed(mask=110010)', dims: [1, 3, 4], spoiled: 1 };
    const there = await generate({ ...request, provider: 'webgpu' });
    const here = await generate({ ...request, provider: 'wasm' });
    expect(here?.mask).toBe('111010');
    expect(there).toMatchObject({ mask: here?.mask, held: 0, leaked: 0 });
  });

  test('every plan decides alike on WebAssembly', async () => {
    const masks = [];
    for (const plan of ['chain', 'fused', 'gated'] as const)
      masks.push(
        (
          await generate({
            model: 'tiny.onnx',
            provider: 'wasm',
            policy: 'bwcache(threshold=0.9)',
            plan,
            dims: [1, 3, 4],
          })
        )?.mask,
      );
    expect(new Set(masks).size).toBe(1);
  });

  test('a provider that is not there is named', async () => {
    const message = await tab.evaluate(() => window.program?.missingProvider('tiny.onnx', 'cuda'));
    expect(message).toContain('cuda');
  });
});
