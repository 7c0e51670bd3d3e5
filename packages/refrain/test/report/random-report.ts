import fc from 'fast-check';
import type { ComparisonRow } from '../../src/compare/comparison.ts';
import type { Timeline } from '@refrain/charts';
import type { PromptReport, ReportData, ReportVideo } from '../../src/report/report-data.ts';
import { onePixel, sampleReport } from './fixtures.ts';

/** Short texts full of what HTML gives a meaning to. */
const name = fc
  .string({ unit: fc.constantFrom(...Array.from('ab7<>&"\'`/=(),; -–é𝛿')), minLength: 1, maxLength: 12 })
  .map((text) => `x${text}`);

/** Any number that a bug may produce. */
const figure = fc.oneof(fc.double({ min: 0, max: 50, noNaN: true }), fc.double());

const row: fc.Arbitrary<ComparisonRow> = fc.record({
  policy: name,
  granularity: fc.constantFrom('step', 'block', 'attention', 'guidance'),
  prompt: name,
  mask: fc.constant({ cond: '1p0-' }),
  reuseRate: figure,
  seconds: figure,
  plainSeconds: figure,
  speedup: figure,
  idealSpeedup: figure,
  psnr: fc.option(figure),
  ssim: figure,
  maxAbsDiff: figure,
  bytesHeld: figure,
  indicatorSeconds: figure,
  warnings: fc.array(
    fc.record({
      code: fc.constantFrom('never-reused', 'incomplete'),
      message: name,
      count: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 2 },
  ),
});

const timeline: fc.Arbitrary<Timeline> = fc.record({
  policy: name,
  branch: name,
  sites: fc.array(fc.record({ name, kind: fc.constantFrom('block', 'mlp', 'spatial-attention') }), {
    maxLength: 4,
  }),
  cells: fc.array(fc.string({ unit: fc.constantFrom('0', '1', '-'), maxLength: 6 }), { maxLength: 4 }),
  reasons: fc.array(name, { maxLength: 6 }),
});

const picture = fc.oneof(
  fc.constant(onePixel),
  name.map((text) => `data:image/gif;base64,${text}`),
);

const video: fc.Arbitrary<ReportVideo> = fc.record({
  policy: fc.oneof(name, fc.constant('plain')),
  source: picture,
  still: picture,
  width: fc.integer({ min: 0, max: 600 }),
  height: fc.integer({ min: 0, max: 600 }),
});

const changes = fc.array(fc.option(figure), { maxLength: 6 });

const promptReport: fc.Arbitrary<PromptReport> = fc.record({
  prompt: name,
  videos: fc.array(video, { maxLength: 3 }),
  heat: fc.record({
    blocks: fc.array(name, { maxLength: 3 }),
    values: fc.array(changes, { maxLength: 3 }),
    modulatedMean: changes,
  }),
  timelines: fc.array(timeline, { maxLength: 3 }),
});

const threshold = fc.record({ policy: name, value: figure, on: fc.constantFrom('output', 'modulated') });

/** Small reports with anything in them that their types allow. */
export const randomReport: fc.Arbitrary<ReportData> = fc
  .record({
    rows: fc.array(row, { maxLength: 5 }),
    steps: fc.integer({ min: 1, max: 6 }),
    complete: fc.boolean(),
    prompts: fc.array(promptReport, { maxLength: 2 }),
    thresholds: fc.array(threshold, { maxLength: 3 }),
    command: name,
  })
  .map(({ rows, steps, complete, prompts, thresholds, command }) => {
    const { made, comparison } = sampleReport({ prompts: [] });
    return { made, comparison: { ...comparison, rows, steps, complete }, prompts, thresholds, command };
  });
