import type { UserConfig } from 'tsdown';

/**
 * How every package is built: ESM only (`require` of ESM works since Node 20.19), declarations and maps next to the
 * code. `neutral` keeps Node's built-ins out of what must run in browsers too.
 */
export const build: UserConfig = {
  entry: ['src/index.ts'],
  format: 'esm',
  platform: 'neutral',
  tsconfig: 'tsconfig.src.json',
  dts: true,
  sourcemap: true,
  logLevel: 'warn',
};
