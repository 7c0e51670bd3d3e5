import { defineConfig } from 'tsdown';
import { build } from '../../tsdown.shared.ts';

export default defineConfig({
  ...build,
  entry: ['src/index.ts', 'src/bin.ts'],
  platform: 'node',
  fixedExtension: false,
});
