import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { record, publishedCosts, spreadCosts, syntheticDit } from '@refrain/sim';
import { saveRecording } from '@refrain/sim/node';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, temporaryFolder } from '../command.ts';
import { chromiumPath, startChromium } from '../../../../scripts/chromium.ts';

const pictures = fileURLToPath(new URL('../../.reports/', import.meta.url));
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const folder = temporaryFolder();
const recordings = join(folder, 'recordings');

const screens = [
  { name: 'phone-dark', width: 360, scheme: 'dark' },
  { name: 'desktop-light', width: 1280, scheme: 'light' },
] as const;

/** The pages of all commands that write one, and how each is made. */
const commands: Readonly<Record<string, readonly string[]>> = {
  replay: ['replay', recordings, '--report', page('replay')],
  simulate: [
    'simulate',
    '--blocks',
    '6',
    '--steps',
    '12',
    '--preset',
    'latte',
    '--report',
    page('simulate'),
    '--motion',
    'still',
    '--motion',
    'fast',
  ],
  sweep: ['sweep', recordings, '--count', '150', '--workers', '0', '--out', folder],
  tune: ['tune', recordings, '--speedup', '1.3', '--explore', '100', '--report', page('tune')],
};

function page(name: string): string {
  return join(folder, name === 'sweep' ? 'report.html' : `${name}.html`);
}

/** A run of a synthetic transformer, with the costs of a published model. */
async function recordSynthetic(motion: 'still' | 'fast'): Promise<void> {
  const dit = syntheticDit({ blocks: 6, steps: 16, tokens: 4, channels: 8, motion, seed: 7 });
  const { sampler } = dit.sampling;
  const running = record(dit, { stride: 1, label: `${motion} water` }).start({
    timesteps: sampler.timesteps,
  });
  let sample = dit.noise();
  for (const step of sampler.timesteps.keys())
    sample = sampler.step(sample, await running.step({ sample }, { step }), step);
  const recording = running.recording();
  const costs = spreadCosts(publishedCosts('open-sora-1.2'), recording.stream.length);
  await saveRecording(join(recordings, `${motion}.safetensors`), { ...recording, costs });
}

describe.skipIf(!chromiumPath)('pages of the simulation in Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true });
    await mkdir(recordings);
    await recordSynthetic('still');
    await recordSynthetic('fast');
    for (const argv of Object.values(commands)) {
      const { exitCode, err } = await run([...argv, '--quiet']);
      expect(exitCode, err).toBe(0);
    }
    browser = await startChromium('none');
  }, 120_000);

  afterAll(() => browser?.close());

  async function open(
    name: string,
    width: number,
    colorScheme: 'dark' | 'light',
  ): Promise<{ opened: Page; complaints: readonly string[] }> {
    // The page lets in no script but its own, so axe has to come past its policy.
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme,
      bypassCSP: true,
    });
    const opened = await context.newPage();
    const complaints: string[] = [];
    const { href } = pathToFileURL(page(name));
    opened.on('console', (message) => complaints.push(message.text()));
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('request', (request) => {
      if (request.url() !== href && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await opened.goto(href, { waitUntil: 'load' });
    return { opened, complaints };
  }

  describe.each(Object.keys(commands))('%s', (command) => {
    test.each(screens)(
      'fits, loads nothing, and axe finds no serious violation: $name',
      async ({ name, width, scheme }) => {
        const { opened, complaints } = await open(command, width, scheme);
        expect(await opened.evaluate('document.documentElement.scrollWidth')).toBe(width);
        await opened.screenshot({ path: `${pictures}${command}-${name}.png`, fullPage: true });
        expect(complaints).toEqual([]);
        await opened.addScriptTag({ path: axePath });
        const { violations } = await opened.evaluate<AxeResults>(
          'axe.run(document, { resultTypes: ["violations"] })',
        );
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)])).toEqual([]);
        await opened.context().close();
      },
    );
  });
});
