import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decibels, percent, ranges } from '@refrain/charts';
import { psnr, video } from '@refrain/diffusion';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackendId } from '../src/messages.ts';
import { printLink } from '../src/settings/link.ts';
import { defaults, type Settings } from '../src/settings/settings.ts';
import { shadeOf } from '../src/view/pixels.ts';
import { chromiumPath, startChromium } from '../../../scripts/chromium.ts';
import { expectAccessible, expectNoSidewaysScroll, finish, framesOf, open } from './page-driver.ts';
import { generateInNode } from './reference.ts';
import { serve, type StaticServer } from './static-server.ts';

if (!chromiumPath)
  console.warn('SKIPPED: the page is not tested in a browser, because no Chromium was found');

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = `${root}.reports/`;
const site = `${reports}site`;
const size = { channels: 3, frames: 8, height: 32, width: 32 };
/** On a busy machine a pass takes a second or more. */
const patient = 300_000;
/** Without a graphics card WebGL2 and WebGPU are emulated, and a pass may take a minute. */
const kernelBackends: readonly BackendId[] = ['webasm', 'cpu', 'webgl2', 'webgpu'];

describe.skipIf(!chromiumPath)('the built page in Chromium', () => {
  let browser: Browser;
  let server: StaticServer;

  beforeAll(async () => {
    await mkdir(reports, { recursive: true });
    await build({ root, build: { outDir: site, emptyOutDir: true }, logLevel: 'warn' });
    server = await serve(site, '/any/folder/');
    browser = await startChromium('software');
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const settings: Settings = { ...defaults, policy: 'fora(interval=2)', steps: 6, seed: 11 };

  test(
    'generates as Node does, plainly and cached, while the page stays responsive and accessible',
    async () => {
      const { page, complaints } = await open(browser, server.address, printLink(settings));
      page.setDefaultTimeout(patient);
      await page.evaluate('window.ticks = 0; setInterval(() => window.ticks++, 16); 0');
      await page.getByRole('button', { name: 'Generate' }).click();
      const expected = await generateInNode(settings);
      expect(await finish(page)).toMatch(/^Finished\. Plain .*s, cached .*s: speed-up .*×, PSNR/);

      // If the model ran on the main thread, there would be a tick or two between passes.
      expect(await page.evaluate<number>('window.ticks')).toBeGreaterThan(100);
      for (const id of ['plain', 'cached'] as const) {
        const shown = await framesOf(page, id, size.frames);
        expect(largestDifference(shown, pixelsOf(expected[id]))).toBeLessThanOrEqual(1);
      }
      const figures = (await page.locator('.figures-list').textContent()) ?? '';
      expect(figures).toContain(percent(expected.report.reuseRate));
      expect(figures).toContain(decibels(psnr(video(expected.cached, size), video(expected.plain, size))));
      const { conditional: mask = '' } = expected.report.mask;
      const stepsWith = (symbol: string) =>
        ranges(Array.from(mask).flatMap((done, step) => (done === symbol ? step : [])));
      expect(await page.locator('.strip svg').first().getAttribute('aria-label')).toBe(
        `Branch conditional: computed at steps ${stepsWith('1')}; reused at steps ${stepsWith('0')}.`,
      );
      expect(await page.locator('.heat path').count()).toBe(12 * 5);

      for (const [width, colorScheme] of [
        [1280, 'light'],
        [1280, 'dark'],
        [360, 'light'],
        [360, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await expectNoSidewaysScroll(page);
        if ((width === 360) === (colorScheme === 'dark')) await expectAccessible(page);
        await page.screenshot({ path: `${reports}finished-${width}-${colorScheme}.png`, fullPage: true });
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    patient,
  );

  test.each(kernelBackends)(
    'generates the same frames with gpu.js in %s',
    async (backend) => {
      const brief: Settings = {
        ...settings,
        backend,
        policy: 'fixed(mask=10)',
        steps: 2,
        guidance: 1,
      };
      const { page, complaints } = await open(browser, server.address, printLink(brief));
      page.setDefaultTimeout(6 * patient);
      expect(await page.locator(`#backend-${backend}`).isChecked()).toBe(true);
      await page.getByRole('button', { name: 'Generate' }).click();
      const expected = await generateInNode(brief);
      expect(await finish(page)).toContain('Finished');
      for (const id of ['plain', 'cached'] as const) {
        const shown = await framesOf(page, id, size.frames);
        expect(largestDifference(shown, pixelsOf(expected[id]))).toBeLessThanOrEqual(1);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    6 * patient,
  );

  test(
    'works with the keyboard alone: picks a policy, turns a dial, generates, stops',
    async () => {
      const { page, complaints } = await open(browser, server.address);
      page.setDefaultTimeout(40_000);
      const focused = () => page.evaluate<string>('document.activeElement.id');
      const reach = async (id: string, key = 'Tab'): Promise<void> => {
        for (let presses = 0; presses < 40 && (await focused()) !== id; presses++)
          await page.keyboard.press(key);
        expect(await focused()).toBe(id);
      };
      await reach('policy-name');
      await page.keyboard.type('tea');
      expect(await page.locator('#policy').inputValue()).toBe('teacache(threshold=0.08,stride=61)');
      await reach('threshold');
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#policy').inputValue()).toBe('teacache(threshold=0.1,stride=61)');
      expect(await page.locator('#threshold').getAttribute('aria-valuetext')).toBe('0.1');
      expect(await page.locator('#interval').isDisabled()).toBe(true);

      await reach('generate', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.locator('#progress-bar[value="1"]').waitFor();
      // What is turned now acts on the next run.
      await reach('threshold');
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#policy').inputValue()).toContain('threshold=0.12');
      await page.keyboard.press('Escape');
      expect(await finish(page)).toMatch(/^Stopped at step \d+\.$/);
      expect(await page.locator('#charts .policy').textContent()).toBe('teacache(threshold=0.1,stride=61)');
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    patient,
  );

  test('a link holds all settings', async () => {
    const first = await open(browser, server.address);
    await first.page.getByLabel('Colour').selectOption('green');
    await first.page.locator('#policy-name').selectOption('forecast');
    await first.page.getByText('All options').click();
    await first.page.locator('#option-order').fill('2');
    await first.page.locator('#seed').fill('123');
    await first.page.locator('#steps').fill('24');
    await first.page.getByLabel('CPU').check();
    const hash = await first.page.evaluate<string>('location.hash');
    await first.page.context().close();

    const { page, complaints } = await open(browser, server.address, hash);
    expect(await page.locator('#prompt').inputValue()).toBe('large green circle bounce fast black');
    expect(await page.getByLabel('Colour').inputValue()).toBe('green');
    expect(await page.locator('#policy-name').inputValue()).toBe('forecast');
    expect(await page.locator('#policy').inputValue()).toMatch(/^forecast\(teacache\(.*\),.*order=2\)$/);
    expect(await page.locator('#option-order').inputValue()).toBe('2');
    expect(await page.locator('#seed').inputValue()).toBe('123');
    expect(await page.locator('#steps').inputValue()).toBe('24');
    expect(await page.getByLabel('CPU').isChecked()).toBe(true);
    expect(await page.evaluate<string>('location.hash')).toBe(hash);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('says what is wrong, and what to do about it', async () => {
    const { page, complaints } = await open(
      browser,
      server.address,
      '#prompt=large+red+sircle&policy=bwcashe(threshold=1)&seed=x',
    );
    expect(await page.locator('#prompt-complaint').textContent()).toContain('did you mean “circle”?');
    expect(await page.locator('#policy-complaint').textContent()).toContain('did you mean "bwcache"?');
    await page.locator('#policy').fill('bwcache(threshold=-1)');
    await page.getByText('All options').click();
    expect(await page.locator('#option-threshold-complaint').textContent()).toMatch(
      /expected a number .*, got -1/,
    );
    await page.locator('#policy').fill('fora');
    await page.locator('#steps').fill('1');
    expect(await page.locator('#steps-complaint').textContent()).toBe(
      'Expected a whole number from 2 to 100.',
    );
    await page.getByRole('button', { name: 'Generate' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('UNKNOWN_WORD').waitFor();
    expect(await alert.textContent()).toMatch(/sircle[^]*Pick words from the lists/);
    await page.screenshot({ path: `${reports}mistakes.png`, fullPage: true });
    await expectAccessible(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('names a file that the host lacks', async () => {
    const incomplete = await serve(site, '/', /\.onnx$/);
    const { page } = await open(browser, incomplete.address);
    await page.getByRole('alert').getByText('MODEL_FILE_MISSING').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('transformer.onnx is missing');
    await page.context().close();
    await incomplete.close();
  });
});

/** The frames of a latent as the page draws them. */
function pixelsOf(latent: Float32Array): readonly number[] {
  const shade = shadeOf(latent, size);
  const area = size.frames * size.height * size.width;
  const values = Array.from({ length: area * 3 }, (_, at) => shade(at % 3, Math.floor(at / 3)));
  return Array.from(Uint8ClampedArray.from(values));
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? 0))), 0);
}
