import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportData } from '../../src/report/report-data.ts';
import { renderReport } from '../../src/report/render.ts';
import { chromiumPath, startChromium } from '../../../../scripts/chromium.ts';
import { samplePrompts, sampleReport } from './fixtures.ts';
import { samplePictures } from './sample-videos.ts';

if (!chromiumPath)
  console.warn('SKIPPED: the report is not tested in a browser, because no Chromium was found');

const folder = fileURLToPath(new URL('../../.reports/', import.meta.url));
const file = `${folder}report.html`;
/** One prompt is enough for axe, which takes its time. */
const brief = `${folder}one-prompt.html`;
const address = pathToFileURL(file).href;
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const screens = [
  { name: 'phone-light', width: 360, scheme: 'light' },
  { name: 'phone-dark', width: 360, scheme: 'dark' },
  { name: 'desktop-light', width: 1280, scheme: 'light' },
  { name: 'desktop-dark', width: 1280, scheme: 'dark' },
] as const;

/** A page, and everything that a page of ours must not do. */
interface Opened {
  readonly page: Page;
  readonly complaints: string[];
}

describe.skipIf(!chromiumPath)('the report in Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(file, renderReport(await illustratedReport()));
    await writeFile(brief, renderReport(await illustratedReport(samplePrompts.slice(0, 1))));
    browser = await startChromium('none');
  });

  afterAll(() => browser.close());

  async function open(options: BrowserContextOptions): Promise<Opened> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(address, { waitUntil: 'load' });
    return { page, complaints };
  }

  const screen = (width: number) => ({ viewport: { width, height: width < 600 ? 780 : 900 } });

  test.each(screens)(
    'opens from disk without complaint or sideways scroll: $name',
    async ({ name, width, scheme }) => {
      const { page, complaints } = await open({ ...screen(width), colorScheme: scheme });
      const root = await page.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      expect(root).toEqual([width, width]);
      await page.screenshot({ path: `${folder}${name}.png`, fullPage: true });
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  test.each(screens)('axe finds no serious violation: $name', async ({ width, scheme }) => {
    // The page lets in no script but its own, so axe has to come past its policy.
    const { page } = await open({ ...screen(width), colorScheme: scheme, bypassCSP: true });
    await page.goto(pathToFileURL(brief).href);
    await page.addScriptTag({ path: axePath });
    const { violations } = await page.evaluate<AxeResults>(
      'axe.run(document, { resultTypes: ["violations"] })',
    );
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)])).toEqual([]);
    await page.context().close();
  });

  test.each([360, 1280])('long names and an early stop do not widen the page: %d px', async (width) => {
    const odd = `${folder}odd.html`;
    await writeFile(odd, renderReport(oddReport()));
    const { page } = await open(screen(width));
    await page.goto(pathToFileURL(odd).href);
    await page.screenshot({ path: `${folder}odd-${width}.png`, fullPage: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.context().close();
  });

  test('sorts policies, folds prompts and switches videos', async () => {
    const { page, complaints } = await open(screen(1280));
    const policies = () => page.locator('tbody .policy').allTextContents();
    const measured = await policies();
    await page.getByRole('button', { name: 'Speed-up' }).click();
    expect(await policies()).not.toEqual(measured);
    expect(await page.locator('th[aria-sort="descending"]').textContent()).toBe('Speed-up');
    expect(await page.locator('.overall td:nth-child(4)').allTextContents()).toEqual(
      (await page.locator('.overall td:nth-child(4)').allTextContents()).toSorted().toReversed(),
    );

    expect(await page.locator('.single:visible').count()).toBe(0);
    await page
      .getByRole('button', { name: /^Figures by prompt/ })
      .first()
      .click();
    expect(await page.locator('.single:visible').count()).toBe(samplePrompts.length);

    expect(await page.locator('img.still:visible').count()).toBe(0);
    await page.getByRole('button', { name: 'Show all frames' }).first().click();
    expect(await page.locator('img.moving:visible').count()).toBe(0);
    await page
      .locator('.videos')
      .first()
      .screenshot({ path: `${folder}frames.png` });

    await page.locator('details').first().locator('summary').click();
    await page
      .locator('.decisions')
      .first()
      .screenshot({ path: `${folder}decisions.png` });
    await page.locator('.strip .hit').nth(9).hover();
    expect(await page.locator('.note').textContent()).toContain('Step 9');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('shows stills to readers who asked for no motion, and everything without its script', async () => {
    const { page } = await open({ ...screen(1280), reducedMotion: 'reduce', javaScriptEnabled: false });
    expect(await page.locator('img.moving:visible').count()).toBe(0);
    expect(await page.locator('img.still:visible').count()).toBe(8 * samplePrompts.length);
    expect(await page.locator('.single:visible').count()).toBe(7 * samplePrompts.length);
    await page.context().close();
  });

  test('prints', async () => {
    const { page } = await open(screen(1280));
    await page.emulateMedia({ media: 'print' });
    const pdf = await page.pdf({
      path: `${folder}report.pdf`,
      format: 'A4',
      margin: { top: '14mm', bottom: '14mm', left: '14mm', right: '14mm' },
    });
    expect(pdf.byteLength).toBeGreaterThan(10_000);
    await page.context().close();
  });
});

/** The sample report with real pictures in it: noisier where the policy is further from the plain model. */
async function illustratedReport(names = samplePrompts): Promise<ReportData> {
  const command = `refrain compare --policy bwcache:threshold=0.05,interval=3 --policy "fora:interval=3" --steps 30 --seed 7`;
  const bare = sampleReport({ command, prompts: names });
  const prompts = await Promise.all(
    bare.prompts.map(async (report, subject) => {
      const videos = report.videos.map(async (video, order) => ({
        ...video,
        ...(await samplePictures(subject, order * 0.06)),
      }));
      return { ...report, videos: await Promise.all(videos) };
    }),
  );
  return { ...bare, prompts };
}

/** Names without a place to break, few steps, sites that each did something else, many thresholds. */
function oddReport(): ReportData {
  const data = sampleReport({ prompts: [`${'verylongword'.repeat(12)} & <b>`], steps: 7, complete: false });
  const [report] = data.prompts;
  const scattered = report?.timelines.map((timeline) => ({
    ...timeline,
    cells: timeline.cells.map((row, site) =>
      row.replace(/./g, (_, step: number) => '10-'[(site * 7 + step * step) % 3] ?? '-'),
    ),
  }));
  const environment = { ...data.comparison.environment, load: [3, 12] as const };
  const thresholds = Array.from({ length: 6 }, (_, index) => ({
    policy: index === 0 ? `unlisted(${'option'.repeat(14)}=1)` : 'fora(interval=3)',
    value: 0.03 * (index + 1),
    on: index % 2 === 0 ? ('output' as const) : ('modulated' as const),
  }));
  return {
    ...data,
    comparison: { ...data.comparison, environment },
    prompts: report && scattered ? [{ ...report, timelines: scattered }] : [],
    thresholds,
    command: `refrain compare ${'--policy "bwcache(threshold=0.05)" '.repeat(9)}`,
  };
}
