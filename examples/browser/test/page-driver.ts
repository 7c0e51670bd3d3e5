import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The page, and everything that it must not do. */
export interface Opened {
  readonly page: Page;
  /** Messages on the console, uncaught errors, requests to elsewhere. */
  readonly complaints: readonly string[];
}

/** Opens the page in a context of its own, and waits until it knows its backends. */
export async function open(
  browser: Browser,
  address: string,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    // gpu.js makes its workers from text, which has an address of the page's own.
    const own = [address, `blob:${new URL(address).origin}`, 'data:'];
    if (!own.some((start) => request.url().startsWith(start))) complaints.push(`foreign: ${request.url()}`);
  });
  await page.goto(address + hash);
  await page.locator('#backends input').first().waitFor({ state: 'attached' });
  return { page, complaints };
}

/** Waits until a run is over, one way or the other. */
export async function finish(page: Page): Promise<string> {
  await page.locator('#running').waitFor({ state: 'hidden' });
  return (await page.locator('#live').textContent()) ?? '';
}

/** The frames of a video, as they stand on the page in a row: [frames, height, width, 3], 0 … 255. */
export async function framesOf(
  page: Page,
  id: 'plain' | 'cached',
  frames: number,
): Promise<readonly number[]> {
  const values = await page.evaluate<readonly number[]>(`(() => {
    const { width, height } = document.querySelector('#video-${id}');
    const { data } = document.querySelector('#video-${id}').getContext('2d').getImageData(0, 0, width, height);
    const values = [];
    for (let frame = 0; frame < ${frames}; frame++)
      for (let row = 0; row < height; row++)
        for (let column = 0; column < height; column++) {
          const at = 4 * (row * width + frame * (height + 1) + column);
          values.push(data[at], data[at + 1], data[at + 2]);
        }
    return values;
  })()`);
  return values;
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Nothing that axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  // As a whole, past the page's own policy, which lets in no script from elsewhere.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)])).toEqual([]);
}

/** No scrolling sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [inner, outer] = await page.evaluate<readonly number[]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(inner).toBe(outer);
}
