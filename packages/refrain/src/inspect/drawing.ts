import type { InspectedBlock, Inspection } from '@refrain/onnx';
import { html, type Markup } from '@refrain/charts';
import { quantity } from './quantity.ts';

const width = 1080;
const columns = 8;
const cell = { width: 118, gap: 17, height: 190 };
const bar = { top: 34, height: 96 };

/** A block and the number of tensors that flow into it and out of it. */
interface DrawnBlock {
  readonly block: InspectedBlock;
  readonly family: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Draws the stream: a box for each cached block, as high as its share of the work, divided into its modules, with a line for
 * each tensor that flows from block to block.
 *
 * @param inspection - what was found
 */
export function drawStream(inspection: Inspection): Markup {
  const blocks = drawnBlocks(inspection);
  const most = Math.max(1, ...blocks.map(({ block }) => block.flops ?? 0));
  const rows = Math.ceil(blocks.length / columns);
  return html`<figure class="stream">
    <svg viewBox="0 0 ${width} ${rows * cell.height}" role="img" aria-label="Blocks along the stream">
      ${blocks.map((drawn, index) => drawBlock(drawn, index, most))}
    </svg>
  </figure>`;
}

/** In the order of the stream: families alternate in some models. */
function drawnBlocks({ families, cuts }: Inspection): readonly DrawnBlock[] {
  const all = families.flatMap(({ blocks }, family) =>
    blocks.filter(({ cacheable }) => cacheable).map((block) => ({ block, family })),
  );
  const place = ({ block }: { block: InspectedBlock }): number => block.position ?? 0;
  return all
    .toSorted((a, b) => place(a) - place(b))
    .map((drawn, at) => ({ ...drawn, before: cuts[at]?.length ?? 1, after: cuts[at + 1]?.length ?? 1 }));
}

function drawBlock({ block, family, before, after }: DrawnBlock, index: number, most: number): Markup {
  const x = (index % columns) * (cell.width + cell.gap) + cell.gap;
  const y = Math.floor(index / columns) * cell.height;
  const height = Math.max(24, bar.height * ((block.flops ?? most) / most));
  const top = y + bar.top + (bar.height - height) / 2;
  const parts = block.sites.length;
  return html`<g class="block family-${family % 6}">
    <title>${details(block)}</title>
    ${tensorLines(x - cell.gap, y, before)}
    ${index % columns === columns - 1 ? tensorLines(x + cell.width, y, after) : ''}
    <text class="name" x="${x + cell.width / 2}" y="${y + 20}" text-anchor="middle"
      >${shortName(block.name)}</text
    >
    ${block.sites.map(
      ({ kind }, nth) =>
        html`<rect
            class="${kind}"
            x="${x + (cell.width * nth) / parts}"
            y="${top}"
            width="${cell.width / parts}"
            height="${height}"
          /><text
            class="kind"
            x="${x + (cell.width * (nth + 0.5)) / parts}"
            y="${top + height / 2 + 4}"
            text-anchor="middle"
            >${letters(kind)}</text
          >`,
    )}
    <text class="figure" x="${x + cell.width / 2}" y="${y + bar.top + bar.height + 22}" text-anchor="middle"
      >${block.flops === null ? '' : `${quantity(block.flops)} FLOPs`}</text
    >
    <text class="figure" x="${x + cell.width / 2}" y="${y + bar.top + bar.height + 38}" text-anchor="middle"
      >${quantity(block.parameters)} weights</text
    >
  </g>`;
}

function tensorLines(x: number, y: number, count: number): readonly Markup[] {
  const middle = y + bar.top + bar.height / 2;
  return Array.from({ length: count }, (_, nth) => {
    const at = middle + (nth - (count - 1) / 2) * 6;
    return html`<line class="tensor" x1="${x}" x2="${x + cell.gap}" y1="${at}" y2="${at}" />`;
  });
}

function details({ name, inputs, outputs, sites }: InspectedBlock): string {
  const modules = sites.map((site) => `${site.name}: ${site.kind}`);
  return [name, ...modules, `from ${inputs.join(', ')}`, `to ${outputs.join(', ')}`].join('\n');
}

function letters(kind: string): string {
  return (
    { 'cross-attention': 'C', mlp: 'M', other: '·', 'spatial-attention': 'S', 'temporal-attention': 'T' }[
      kind
    ] ?? 'A'
  );
}

function shortName(name: string): string {
  return name.length > 18 ? `…${name.slice(-17)}` : name;
}
