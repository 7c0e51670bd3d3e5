/** The browser of all tests that need one: Debian's Chromium, or whatever of its kind is there. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a Chromium lies; undefined where there is none. */
export const chromiumPath: string | undefined = candidates.find((path) => existsSync(path));

/** Off is everything that would talk to a network. */
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const GRAPHICS = {
  /** For pages that only draw. */
  none: ['--disable-gpu'],
  /** WebGL2 and WebGPU, emulated by the browser itself: right, and slow. */
  software: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
} as const;

/**
 * Starts Chromium.
 *
 * @param graphics - what its pages may compute on
 * @param extra - further arguments
 * @throws Error where there is no Chromium
 */
export async function startChromium(
  graphics: keyof typeof GRAPHICS,
  extra: readonly string[] = [],
): Promise<Browser> {
  if (!chromiumPath) throw new Error(`no Chromium at ${candidates.join(', ')}`);
  return chromium.launch({
    executablePath: chromiumPath,
    args: [...QUIET, ...GRAPHICS[graphics], ...extra],
  });
}
