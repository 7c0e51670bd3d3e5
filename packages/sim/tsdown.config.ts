import { defineConfig } from 'tsdown';
import { build } from '../../tsdown.shared.ts';

export default defineConfig({
  ...build,
  // Everything runs in browsers but files and worker threads, which are an entry of their own; workers have their file.
  entry: { index: 'src/index.ts', node: 'src/node.ts', 'sweep-worker': 'src/node/sweep/sweep-worker.ts' },
  deps: { neverBundle: [/^node:/] },
});
