/**
 * Open-Sora 1.2 over 30 steps, both branches in one call (Zehong-Ma/MagCache, eval/magcache/experiments/opensora.py). The
 * authors smooth what they measured by taking its root.
 */
export const OPEN_SORA: readonly number[] = [
  1, 0.93359, 0.96484, 0.99609, 1, 0.99609, 0.99609, 0.99219, 1, 1, 0.99609, 0.99219, 1, 0.99219, 0.99609,
  0.99219, 0.99609, 0.99609, 0.99609, 0.99219, 0.99219, 0.99219, 0.98828, 0.98828, 0.98438, 0.98438, 0.97656,
  0.97656, 0.96484, 0.96484,
].map(Math.sqrt);
