import { defineConfig } from 'tsdown';
import { build } from '../../tsdown.shared.ts';

export default defineConfig({
  ...build,
  // A file a module: bundlers then leave out the policies that a program does not name, which one file would not let them.
  unbundle: true,
});
