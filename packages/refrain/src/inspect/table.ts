import type { InspectedBlock, InspectedFamily, Inspection } from '@refrain/onnx';
import pc from 'picocolors';
import { textTable } from '../cli/text-table.ts';
import { quantity } from './quantity.ts';

/** What was found, as lines for a terminal. */
export function inspectionTable(inspection: Inspection): string {
  const { families, warnings } = inspection;
  const headings = ['blocks', 'family', 'streams', 'sites', 'parameters', 'FLOPs', 'share', 'cacheable'];
  const rows = families.map((family) => familyRow(inspection, family));
  return [
    summary(inspection),
    textTable(headings, rows, 2),
    cutLines(inspection),
    ...warnings.map((text) => `${pc.yellow('note')} ${text}`),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function summary({ name, latent, output, opset, nodes, parameters, flops, dimensions }: Inspection): string {
  const sizes = Object.entries(dimensions).map(([dimension, size]) => `${dimension} = ${size}`);
  return [
    `${pc.bold(name || 'model')}: ${quantity(parameters)} parameters, ${nodes} nodes, opset ${opset}`,
    `from "${latent}" to "${output}", ${flops === null ? 'FLOPs unknown' : `${quantity(flops)} FLOPs`}${sizes.length > 0 ? ` for ${sizes.join(', ')}` : ''}`,
  ].join('\n');
}

function familyRow(
  { flops: whole }: Inspection,
  { name, count, streams, blocks }: InspectedFamily,
): string[] {
  const flops = sum(blocks.map((block) => block.flops));
  return [
    String(count),
    name,
    String(streams),
    sitesOf(blocks[0]),
    range(blocks.map(({ parameters }) => parameters)),
    range(blocks.map((block) => block.flops)),
    flops === null || whole === null || whole === 0 ? '' : `${((100 * flops) / whole).toFixed(0)} %`,
    cacheable(blocks),
  ];
}

function sitesOf(block: InspectedBlock | undefined): string {
  return block?.sites.map(({ kind }) => kind).join(' + ') || 'none';
}

function cacheable(blocks: readonly InspectedBlock[]): string {
  const count = blocks.filter((block) => block.cacheable).length;
  if (count === blocks.length) return 'yes';
  return count === 0 ? 'no' : `${count} of ${blocks.length}`;
}

/** One figure where all blocks have the same. */
function range(figures: readonly (number | null)[]): string {
  const texts = [...new Set(figures.map((figure) => (figure === null ? '–' : quantity(figure))))];
  return texts.length > 2 ? `${texts[0]} … ${texts.at(-1)}` : texts.join(' … ');
}

function sum(figures: readonly (number | null)[]): number | null {
  return figures.reduce<number | null>((all, one) => (all === null || one === null ? null : all + one), 0);
}

function cutLines({ cuts, families }: Inspection): string {
  const blocks = families.flatMap((family) => family.blocks).filter((block) => block.cacheable);
  const lines = cuts.map((tensors, at) => [
    at < blocks.length ? 'before' : 'behind',
    String(at),
    tensors.join(', '),
  ]);
  return textTable(['cut', 'at', 'tensors'], lines, 3);
}
