import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const sourceOf = (name: string): string =>
  fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

/**
 * Tests for mutants, which live in a copy of the repository: packages are found in the copy, not through `node_modules`. Few and
 * equal cases a property, so that a mutant that survives has survived the same everywhere.
 */
export default defineConfig({
  resolve: { alias: { '@refrain/core': sourceOf('core'), '@refrain/testing': sourceOf('testing') } },
  test: {
    include: (process.env['MUTATION_TESTS'] ?? 'packages/core/test/**/*.test.ts').split(','),
    env: { FC_SEED: '20261130', FC_NUM_RUNS: process.env['MUTATION_NUM_RUNS'] ?? '40' },
    isolate: false,
    testTimeout: 60_000,
    reporters: [],
  },
});
