import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a Chromium lies; undefined where there is none. */
export const chromiumPath: string | undefined = candidates.find((path) => existsSync(path));

/** Starts it with everything off that would talk to a network, and with WebGPU in software. */
export async function startChromium(): Promise<Browser> {
  if (!chromiumPath) throw new Error(`no Chromium at ${candidates.join(', ')}`);
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
