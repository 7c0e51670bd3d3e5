import type { Comparison, ComparisonRow } from '../../src/compare/comparison.ts';
import type { HeatMap, Timeline, TimelineSite } from '@refrain/charts';
import type { PromptReport, ReportData } from '../../src/report/report-data.ts';
import { blocks, change, generator, scripts, sites, type Script } from './sample-policies.ts';

/** A picture of one pixel, for tests that never look. */
export const onePixel = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==';

export const samplePrompts: readonly string[] = [
  'large red circle static black',
  'medium magenta ring left fast checker',
  'small blue star spin slow gray',
];

function heat(steps: number, seed: number): HeatMap {
  const random = generator(seed);
  const ofBlock = (_: string, block: number) =>
    Array.from({ length: steps }, (_, step) =>
      step === 0 ? null : change(step, steps) * (0.45 + block * 0.11) * (0.85 + 0.3 * random()),
    );
  const modulatedMean = Array.from({ length: steps }, (_, step) =>
    step === 0 ? null : change(step, steps) * 0.55 * (0.94 + 0.12 * random()),
  );
  return { blocks, values: blocks.map(ofBlock), modulatedMean };
}

function timeline(script: Script, branch: string, steps: number): Timeline {
  const rows = script.granularity === 'attention' ? sites : blocks.map((name) => ({ name, kind: 'block' }));
  const cell = (site: TimelineSite) => (_: unknown, step: number) => (script.reuses(site, step) ? '0' : '1');
  return {
    policy: script.policy,
    branch,
    sites: rows,
    cells: rows.map((site) => Array.from({ length: steps }, cell(site)).join('')),
    reasons: Array.from({ length: steps }, (_, step) => script.reason(step, change(step, steps))),
  };
}

function row(script: Script, prompt: string, steps: number, seed: number): ComparisonRow {
  const random = generator(seed);
  const { cells } = timeline(script, 'cond', steps);
  const reuseRate = cells.join('').split('0').length / cells.join('').length - 1 / cells.join('').length;
  const plainSeconds = 4.1 + 0.2 * random();
  const idealSpeedup = 1 / (1 - reuseRate * 0.93);
  const speedup = (1 / (1 / idealSpeedup + script.overhead)) * (0.98 + 0.04 * random());
  const mask = Array.from({ length: steps }, (_, step) => symbol(cells.map((cell) => cell[step]))).join('');
  return {
    policy: script.policy,
    granularity: script.granularity,
    prompt,
    mask: { cond: mask, uncond: mask },
    reuseRate,
    seconds: plainSeconds / speedup,
    plainSeconds,
    speedup,
    idealSpeedup,
    psnr: script.psnr === null ? null : script.psnr + 4 * random() - 2,
    ssim: script.psnr === null ? 1 : 1 - 0.4 / script.psnr ** 0.8,
    maxAbsDiff: script.psnr === null ? 0 : 0.4 + 0.5 * random(),
    bytesHeld: reuseRate === 0 ? 0 : 262_144 * (script.granularity === 'attention' ? 18 : 14),
    indicatorSeconds: plainSeconds * script.overhead * 0.6,
    warnings: script.warnings ?? [],
  };
}

function symbol(column: readonly (string | undefined)[]): string {
  const [first = '-'] = column;
  return column.every((each) => each === first) ? first : 'p';
}

/** What a fixture can differ in. */
export interface FixtureOptions {
  readonly prompts?: readonly string[];
  readonly steps?: number;
  readonly complete?: boolean;
  readonly command?: string;
  readonly pictures?: (policy: string, prompt: string) => { readonly source: string; readonly still: string };
}

/** A report that could have come from a real comparison: seven policies, twelve blocks, two branches. */
export function sampleReport(options: FixtureOptions = {}): ReportData {
  const { prompts = samplePrompts, steps = 30, complete = true, command } = options;
  const pictures = options.pictures ?? (() => ({ source: onePixel, still: onePixel }));
  const video = (policy: string, prompt: string) => ({
    policy,
    ...pictures(policy, prompt),
    width: 32,
    height: 32,
  });
  const promptReport = (prompt: string, index: number): PromptReport => ({
    prompt,
    videos: ['plain', ...scripts.map(({ policy }) => policy)].map((policy) => video(policy, prompt)),
    heat: heat(steps, index + 1),
    timelines: scripts.flatMap((script) =>
      ['cond', 'uncond'].map((branch) => timeline(script, branch, steps)),
    ),
  });
  return {
    made: '2026-11-22T15:33:37.000Z',
    comparison: {
      ...settings(steps, complete),
      rows: prompts.flatMap((prompt, index) =>
        scripts.map((script, order) => row(script, prompt, steps, 100 * index + order)),
      ),
    },
    prompts: prompts.map(promptReport),
    thresholds: [
      { policy: 'bwcache(threshold=0.05,interval=3)', value: 0.05, on: 'modulated' },
      { policy: 'bwcache(threshold=0.1,interval=10%,form=paper)', value: 0.1, on: 'output' },
    ],
    ...(command === undefined ? {} : { command }),
  };
}

function settings(steps: number, complete: boolean): Omit<Comparison, 'rows'> {
  return {
    format: 1,
    model: 'latte-mini',
    steps,
    guidance: 3,
    shift: 3,
    seed: 7,
    repeats: 3,
    environment: {
      node: 'v20.20.2',
      platform: 'linux x64',
      cpu: 'AMD EPYC 9R14',
      cores: 8,
      runtime: 'onnxruntime-node 1.30.0',
      provider: 'cpu',
      threads: 4,
      refrain: '0.1.0',
      load: [0.8, 3.9],
    },
    complete,
  };
}
