import { defineConfig } from 'vitest/config';

/** One run over every workspace: `npm test`, watch mode and coverage. Each package also runs alone, from its folder. */
export default defineConfig({
  test: {
    projects: ['packages/*', 'examples', 'examples/browser', 'checks', 'parity'],
    reporters: ['default', ['json', { outputFile: '.reports/vitest.json' }]],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
      reportOnFailure: true,
    },
  },
});
