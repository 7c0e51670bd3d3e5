import { defineConfig } from 'tsdown';
import { build } from '../../tsdown.shared.ts';

export default defineConfig(build);
