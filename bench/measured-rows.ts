/**
 * Puts what a comparison measured into the docs: a row for each setting on the page of its policy (between the markers
 * `<!-- measured -->` and `<!-- /measured -->`), and all rows into docs/comparison.md.
 *
 * Run it after `refrain compare --policies docs/policies/latte-mini.txt --json all.json`:
 * npx tsx --conditions=@refrain/source bench/measured-rows.ts all.json
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Comparison } from '../packages/refrain/src/compare/comparison.ts';
import { summarise, type PolicySummary } from '../packages/refrain/src/report/summary.ts';
import { formatBytes } from '../packages/refrain/src/cli/text-table.ts';

const MARKERS = /<!-- measured(?:: (?<names>[\w -]+))? -->[\s\S]*?<!-- \/measured -->/g;
const HEAD = '| setting | reuse | speed-up (ideal) | PSNR | SSIM | held |\n|---|---|---|---|---|---|';
const NAME = /^[\w-]+/;

function row({ policy, reuseRate, speedup, idealSpeedup, psnr, ssim, bytesHeld }: PolicySummary): string {
  const figures = [
    `${(reuseRate * 100).toFixed(1)} %`,
    `${speedup.toFixed(2)}× (${idealSpeedup.toFixed(2)}×)`,
    psnr === null ? 'identical' : `${psnr.toFixed(2)} dB`,
    ssim.toFixed(4),
    formatBytes(bytesHeld),
  ];
  return `| \`${policy}\` | ${figures.join(' | ')} |`;
}

function fill(text: string, page: string, rows: readonly PolicySummary[]): string {
  return text.replace(MARKERS, (whole, names: string | undefined) => {
    const wanted = names?.split(' ') ?? [page];
    const own = rows.filter(
      ({ policy }) => wanted.includes('all') || wanted.includes(NAME.exec(policy)?.[0] ?? ''),
    );
    if (own.length === 0) throw new Error(`nothing was measured for ${wanted.join(', ')}`);
    const open = whole.slice(0, whole.indexOf('-->') + 3);
    return `${open}\n\n${HEAD}\n${own.map(row).join('\n')}\n\n<!-- /measured -->`;
  });
}

const [file = 'all.json'] = process.argv.slice(2);
const comparison = JSON.parse(readFileSync(file, 'utf8')) as Comparison;
const rows = summarise(comparison);
const pages = readdirSync('docs/policies').filter((name) => name.endsWith('.md'));
for (const path of [...pages.map((page) => `docs/policies/${page}`), 'docs/comparison.md']) {
  const page = path.replace(/^.*\/|\.md$/g, '');
  writeFileSync(path, fill(readFileSync(path, 'utf8'), page, rows));
}
