import { expect, test } from 'vitest';
import { main } from '../wrap-your-own/index.ts';

test('wrap-your-own reuses blocks and stays close to the plain run', async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  const text = lines.join('\n');
  expect(lines[0]).toBe('bwcache(threshold=0.03,interval=3)');
  const reused = Number(/reused\s+(\d+) %/.exec(text)?.[1]);
  const difference = Number(/plain sample ([\d.]+)/.exec(text)?.[1]);
  expect(reused).toBeGreaterThan(30);
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(0.1);
  expect(text).not.toContain('warning');
});
