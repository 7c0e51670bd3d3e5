import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath } from '../../../../scripts/chromium.ts';
import { openBuiltPage, type BuiltPage } from './built-page.ts';

if (!chromiumPath)
  console.warn('SKIPPED: kernels are not tested on WebGL2 and WebGPU, because no Chromium was found');

const minutes = 60_000;

describe.skipIf(!chromiumPath)('in Chromium, built for production', () => {
  let page: BuiltPage;
  beforeAll(async () => {
    page = await openBuiltPage(fileURLToPath(new URL('page/', import.meta.url)));
  }, 3 * minutes);
  afterAll(() => page.close());

  test('without a graphics card WebAssembly is taken, and software adapters are named', async () => {
    for (const where of ['page', 'worker'] as const)
      expect(await page.ask({ name: 'defaults', mode: 'webgpu' }, where)).toEqual({
        mode: 'webasm',
        attempts: [
          ['webgpu', 'SOFTWARE_ADAPTER'],
          ['webgl2', 'SOFTWARE_ADAPTER'],
        ],
      });
  });

  describe.each(['webgl2', 'webgpu', 'webasm'] as const)('%s', (mode) => {
    test('operations are those of main memory, and large arguments stay finite', async () => {
      const { errors, far, tensors } = (await page.ask({ name: 'operations', mode }, 'page')) as {
        readonly errors: Readonly<Record<string, number>>;
        readonly far: unknown;
        readonly tensors: number;
      };
      for (const [operation, error] of Object.entries(errors)) expect(error, operation).toBeLessThan(5e-6);
      expect(errors).toMatchObject({ sketch: 0 });
      expect(far).toEqual({
        gelu: [0, 0, 100, 10000],
        silu: [0, 0, 100, 10000],
        tanh: [-1, -1, 1, 1],
      });
      expect(tensors).toBe(0);
    });

    test('policies act on a small Latte in a worker as they do in plain JavaScript', async () => {
      const { never, difference, results, left } = (await page.ask({ name: 'policies', mode }, 'worker')) as {
        readonly never: number;
        readonly difference: number;
        readonly left: number;
        readonly results: readonly unknown[];
      };
      expect({ never, left }).toEqual({ never: 0, left: 0 });
      expect(difference).toBeLessThan(1e-4);
      for (const result of results) {
        expect(result).toMatchObject({
          reused: true,
          differsFromPlain: true,
          sameDecisions: true,
          heldAsReported: true,
        });
        expect(result).toHaveProperty('difference', expect.any(Number));
        expect((result as { readonly difference: number }).difference).toBeLessThan(1e-4);
      }
    });

    test('tensors live as long as they should, and not longer', async () => {
      expect(await page.ask({ name: 'lifetime', mode }, 'page')).toEqual({
        unchanged: 0,
        sharedReads: 0,
        lateReads: 0,
        afterDispose: 'DISPOSED',
        afterDevice: 'DISPOSED',
        tensors: 0,
        bytes: 0,
        peakBytes: 0,
      });
    });

    test('memory is flat over 30 passes', async () => {
      const { first, last } = (await page.ask({ name: 'flat', mode }, 'worker')) as Record<string, unknown>;
      expect(last).toEqual(first);
    });
  });

  describe.each(['webgl2', 'webgpu'] as const)('%s', (mode) => {
    test(
      'one call of latte-mini is within 1e-4 of what PyTorch computed',
      async () => {
        const { difference, ...rest } = (await page.ask({ name: 'latteMini', mode }, 'worker')) as {
          readonly difference: number;
        };
        expect(difference).toBeLessThan(1e-4);
        expect(rest).toEqual({ left: 0, tensors: 0 });
      },
      10 * minutes,
    );

    test('refuses what is too large, before it is allocated', async () => {
      expect(await page.ask({ name: 'limits', mode }, 'page')).toEqual({
        refused: 'LIMIT_EXCEEDED',
        left: 0,
      });
    });

    test('says so when the device is lost', async () => {
      // In a worker of its own, since a page has but one WebGPU device.
      expect(await page.ask({ name: 'lost', mode }, 'worker')).toEqual({
        read: 'DEVICE_LOST',
        run: 'DEVICE_LOST',
        upload: 'DEVICE_LOST',
      });
    });
  });

  test('the console stayed silent', () => {
    expect(page.complaints).toEqual([]);
  });
});
