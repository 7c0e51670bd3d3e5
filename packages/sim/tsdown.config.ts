import { defineConfig } from 'tsdown';
import { build } from '../../tsdown.shared.ts';

export default defineConfig({
  ...build,
  // Everything runs in browsers but files and worker threads, which are an entry of their own.
  entry: ['src/index.ts', 'src/node.ts'],
});
