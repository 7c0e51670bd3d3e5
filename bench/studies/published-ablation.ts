/**
 * Computes the tables of docs/simulation/cost-models.md: what published latencies say about BWCache's trigger step and
 * its indicators, and how far published latencies are from a roofline. Nothing is measured; the tables are the same on every machine.
 *
 * Run it: npx tsx --conditions=@refrain/source bench/studies/published-ablation.ts [--write]
 */
import {
  bwcacheSeconds,
  devices,
  ditModels,
  fitTrigger,
  meanReused,
  openSoraAblation,
  passWork,
  publishedCosts,
  publishedLatencies,
  rooflineCosts,
  triggerForReused,
  type PublishedModelName,
  type TriggerFit,
} from '@refrain/sim';
import { fillPage, percent, table } from './page.ts';

const SHARES = [0.8, 0.85, 0.9, 0.95, 1];
const TOLERANCE = 0.02;
const { steps, intervals, thresholds, indicatorShare } = openSoraAblation;
const R3 = 27.68;

type Row = readonly string[];

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

function fitRow(share: number, kind: string, fit: TriggerFit): Row {
  const { trigger, overhead, latencies, worst } = fit;
  const points = latencies.map(({ predicted, error }) => `${predicted.toFixed(2)} (${signed(error)})`);
  const step = Number.isInteger(trigger) ? String(trigger) : trigger.toFixed(2);
  return [percent(share, 0), kind, step, `${overhead.toFixed(2)} s`, ...points, `**${percent(worst, 2)}**`];
}

/** The best fits by share of the blocks. */
function ablation(): string {
  const kinds = [
    ['one step', 'integer'],
    ['mean', 'mixture'],
  ] as const;
  const rows = kinds.flatMap(([name, triggers]) =>
    SHARES.map((blockShare) => {
      const costs = publishedCosts('open-sora-1.2', { blockShare });
      return fitRow(blockShare, name, fitTrigger(intervals, { steps, costs, triggers }));
    }),
  );
  const points = intervals.map(({ interval, seconds }) => `R = ${interval}: ${seconds.toFixed(2)} s`);
  return table(['time in blocks', 'triggers', 'k', 'overhead', ...points, 'worst'], rows);
}

/** Every trigger step at which some overhead brings all four latencies within the tolerance. */
function within(blockShare: number): readonly { trigger: number; least: number; most: number }[] {
  const costs = publishedCosts('open-sora-1.2', { blockShare });
  const found = [];
  for (let hundredth = 400; hundredth <= 1400; hundredth++) {
    const trigger = hundredth / 100;
    const rest = intervals.map(({ interval, seconds }) => {
      const model = bwcacheSeconds(costs, { steps, interval, trigger });
      return { least: seconds * (1 - TOLERANCE) - model, most: seconds * (1 + TOLERANCE) - model };
    });
    const least = Math.max(0, ...rest.map((range) => range.least));
    const most = Math.min(...rest.map((range) => range.most));
    if (least <= most) found.push({ trigger, least, most });
  }
  return found;
}

/** What the four latencies allow, and what they leave open. */
function allowed(): string {
  const range = (values: readonly number[], print: (value: number) => string): string =>
    `${print(Math.min(...values))} … ${print(Math.max(...values))}`;
  const rows = SHARES.map((blockShare) => {
    const fits = within(blockShare);
    if (fits.length === 0) return [percent(blockShare, 0), 'none', '–', '–', '–'];
    const overheads = fits.flatMap(({ least, most }) => [least, most]);
    const reused = fits.map(({ trigger }) => meanReused({ steps, interval: 3, trigger }) / (steps - 1));
    return [
      percent(blockShare, 0),
      range(
        fits.map(({ trigger }) => trigger),
        (value) => value.toFixed(2),
      ),
      range(overheads, (value) => `${value.toFixed(2)} s`),
      range(
        overheads.map((seconds) => seconds / R3),
        percent,
      ),
      range(reused, percent),
    ];
  });
  const head = ['time in blocks', 'mean k', 'overhead', `of ${R3} s`, 'reuse rate at R = 3, of 29'];
  return table(head, rows);
}

/** Trigger steps by the published reuse rates. */
function reuse(): string {
  const trigger = (reused: number): string =>
    triggerForReused({ steps, interval: 3, reused })?.toFixed(1) ?? '–';
  const rows = thresholds.map(({ threshold, reuseRate }) => {
    const [of29, of30] = [reuseRate * (steps - 1), reuseRate * steps];
    return [
      threshold.toFixed(2),
      percent(reuseRate, 2),
      of29.toFixed(2),
      trigger(of29),
      of30.toFixed(2),
      trigger(of30),
    ];
  });
  const head = ['δ', 'reuse rate', 'steps, of 29', 'k', 'steps, of 30', 'k'];
  return table(head, rows);
}

/** Trigger steps by the published speed-ups. */
function speedups(): string {
  const names = ['open-sora-1.2', 'latte', 'wan-2.1-14b', 'hunyuan-video', 'open-sora-plan-1.1'] as const;
  const rows = names.map((name) => {
    const { setting, steps: count, cached } = publishedLatencies[name];
    const speedup = cached.find(({ method }) => method === 'BWCache')?.speedup ?? 1;
    const interval = Math.floor(count / 10);
    const cells = [0.9, 1].flatMap((share) =>
      [0, ...indicatorShare].map((overhead) => {
        const reused = (count * (1 - (1 - overhead) / speedup)) / share;
        return triggerForReused({ steps: count, interval, reused })?.toFixed(1) ?? '–';
      }),
    );
    return [setting, String(count), String(interval), `${speedup.toFixed(2)}×`, ...cells];
  });
  const shares = [0.9, 1].flatMap((share) =>
    [0, ...indicatorShare].map((overhead) => `${percent(share, 0)}, ${percent(overhead)}`),
  );
  return table(['model', 'T', 'R', 'speed-up', ...shares], rows);
}

/** Published latencies against the roofline of the device. */
function roofline(): string {
  const names = ['open-sora-1.2', 'latte', 'wan-2.1-14b', 'wan-2.1-1.3b', 'hunyuan-video'] as const;
  const rows = names.map((name: PublishedModelName) => {
    const model = ditModels[name];
    const passes = model.steps * model.passesPerStep;
    const flops = passWork(model).flops * passes;
    const bound = (device: keyof typeof devices): number => {
      const { frame, whole } = rooflineCosts(model, devices[device], { achieved: 1 });
      return passes * whole.reduce((sum, seconds) => sum + seconds, frame);
    };
    const { plain } = publishedLatencies[name];
    return [
      model.name,
      (flops / 1e15).toFixed(2),
      `${bound('a800-80gb').toFixed(1)} s`,
      `${plain} s`,
      percent(flops / devices['a800-80gb'].flops.bf16 / plain, 0),
      percent(bound('a800-80gb') / plain, 0),
      `${bound('h200').toFixed(1)} s`,
      `${bound('rtx-4090').toFixed(1)} s`,
    ];
  });
  const head = [
    'model',
    'PFLOP',
    'bound, A800',
    'published',
    'FLOPs of peak',
    'bound of published',
    'bound, H200',
    'bound, RTX 4090',
  ];
  return table(head, rows);
}

/** All published latencies with their sources. */
function published(): string {
  const rows = Object.values(publishedLatencies).flatMap(
    ({ setting, plain, steps: count, source, cached }) => [
      [setting, String(count), 'none', `${plain} s`, '1×', source],
      ...cached.map(({ method, seconds, speedup, source: from }) => [
        '',
        '',
        method,
        seconds === undefined ? '–' : `${seconds} s`,
        `${speedup}×`,
        from,
      ]),
    ],
  );
  return table(['model', 'T', 'caching', 'latency', 'speed-up', 'source'], rows);
}

const tables: Readonly<Record<string, () => string>> = {
  ablation,
  allowed,
  reuse,
  speedups,
  roofline,
  latencies: published,
};

for (const [name, make] of Object.entries(tables)) fillPage('../cost-models.md', name, make());
