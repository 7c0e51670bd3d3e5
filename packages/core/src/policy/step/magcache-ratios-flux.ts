/** FLUX.1-dev over 28 steps, one call a step (Zehong-Ma/MagCache, MagCache4FLUX/magcache_flux.py). */
export const FLUX: readonly number[] = [
  1, 1.21094, 1.11719, 1.07812, 1.0625, 1.03906, 1.03125, 1.03906, 1.02344, 1.03125, 1.02344, 0.98047,
  1.01562, 1.00781, 1, 1.00781, 1, 1.00781, 1, 1, 0.99609, 0.99609, 0.98047, 0.98828, 0.96484, 0.95703,
  0.93359, 0.89062,
];

/** FLUX.1-Kontext over 28 steps (MagCache4FLUX_Kontext/magcache_flux_kontext.py). */
export const FLUX_KONTEXT: readonly number[] = [
  1, 1.19531, 1.07812, 1.02344, 1.03125, 1.00781, 1.02344, 1.01562, 1.01562, 1, 1.01562, 1, 1.00781, 1,
  1.00781, 1, 1.00781, 0.99609, 1.01562, 0.99219, 1, 0.99219, 0.98438, 0.99609, 0.96484, 0.96094, 0.9375,
  0.93359,
];

/**
 * FLUX.1-schnell over 4 steps (MagCache4FLUX_schnell/magcache_flux_schnell.py). The script lists them, but has no rule: it
 * reuses step 2 whatever they say.
 */
export const FLUX_SCHNELL: readonly number[] = [1, 1.38281, 0.98438, 0.875];
