/**
 * Calibrates latte-mini on this machine and prints the table `measured` of docs/simulation/cost-models.md, next to what the
 * roofline of its FLOPs would say about the shares. With --write the costs are kept for other studies, too.
 *
 * Run it on a quiet machine (half a minute): npx tsx --conditions=@refrain/source bench/studies/measured-costs.ts [--write]
 */
import { devices, ditModels, rooflineCosts, type CostModel } from '@refrain/sim';
import { measureModelCosts } from '../../packages/refrain/src/pipeline/model-costs.ts';
import { openPipeline } from '../../packages/refrain/src/pipeline/pipeline.ts';
import { saveLatteCosts } from './latte-costs.ts';
import { fillPage, percent, table } from './page.ts';

async function calibrate(): Promise<{ readonly costs: CostModel; readonly kinds: readonly string[] }> {
  const pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
  try {
    const kinds = pipeline.runner.sites.flatMap((site) => (site.level === 'inner' ? [site.kind] : []));
    return { costs: await measureModelCosts(pipeline, { rounds: 15 }), kinds };
  } finally {
    await pipeline.dispose();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sharesBy(kinds: readonly string[], { whole }: CostModel): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const [position, kind] of kinds.entries())
    shares.set(kind, (shares.get(kind) ?? 0) + (whole[position] ?? 0) / sum(whole));
  return shares;
}

function tablesOf({ costs, kinds }: Awaited<ReturnType<typeof calibrate>>): string {
  const stack = sum(costs.whole);
  const bound = rooflineCosts(ditModels['latte-mini'], devices['a800-80gb'], { precision: 'fp32' });
  const measured = sharesBy(kinds, costs);
  const modelled = sharesBy(kinds, bound);
  const parts: readonly (readonly [string, number])[] = [
    ['`frame`: enter, exit, executor', costs.frame],
    ['`whole`: all blocks', stack],
    ['`stretch`: one more stretch', costs.stretch],
    ['`reuse`: a cached feature', costs.reuse],
    ['`keep`: a residual', costs.keep],
    ['`handOut`: a value for the cache', costs.handOut ?? 0],
    ['`lowPass`: low frequencies of an output', costs.lowPass ?? 0],
    ['`indicator`: whole features', costs.indicator],
    ['`sketchedIndicator`', costs.sketchedIndicator],
  ];
  const rows = parts.map(([name, seconds]) => [
    name,
    `${(seconds * 1000).toFixed(3)} ms`,
    percent(seconds / (stack + costs.frame), 2),
  ]);
  const kindRows = [...measured].map(([kind, share]) => [
    kind,
    percent(share),
    percent(modelled.get(kind) ?? 0),
  ]);
  return [
    table(['part', 'time', 'of a pass'], rows),
    table(['share of the blocks', 'measured', 'roofline'], kindRows),
  ].join('\n\n');
}

const calibrated = await calibrate();
fillPage('../cost-models.md', 'measured', tablesOf(calibrated));
if (process.argv.includes('--write')) saveLatteCosts(calibrated.costs);
