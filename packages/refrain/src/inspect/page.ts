import type { InspectedFamily, Inspection } from '@refrain/onnx';
import { factList, notice } from '../report/header.ts';
import { html, type Markup } from '@refrain/charts';
import { page } from '../report/page.ts';
import { drawStream } from './drawing.ts';
import { quantity } from './quantity.ts';
import { inspectionStyles } from './styles.ts';

/**
 * A page about a model: what was found, drawn and as tables. It holds everything it needs.
 *
 * @param file - name of the model's file
 * @param inspection - what was found
 */
export function inspectionPage(file: string, inspection: Inspection): string {
  const { latent, output, opset, nodes, parameters, flops, dimensions, families, warnings } = inspection;
  const sizes = Object.entries(dimensions).map(([name, size]) => `${name} = ${size}`);
  const content = html`<header class="top">
      <p class="kicker">Refrain · inspect</p>
      <h1>${file}</h1>
      <p class="outcome">${outcome(inspection)}</p>
      ${warnings.map((text) => notice('Note', text))}
      ${factList([
        ['Latent', latent],
        ['Output', output],
        ['Parameters', quantity(parameters)],
        [
          'FLOPs',
          flops === null
            ? 'unknown'
            : `${quantity(flops)}${sizes.length > 0 ? ` for ${sizes.join(', ')}` : ''}`,
        ],
        ['Nodes', String(nodes)],
        ['Opset', String(opset)],
      ])}
    </header>
    <main>
      <section id="stream">
        <h2>The stream</h2>
        ${drawStream(inspection)} ${legend()}
      </section>
      <section id="families">
        <h2>Families</h2>
        ${families.map(familyTable)}
      </section>
      <section id="cuts">
        <h2>Cuts</h2>
        ${cutTable(inspection)}
      </section>
    </main>`;
  return page(`Refrain: ${file}`, content, inspectionStyles).text;
}

function outcome({ families, flops }: Inspection): string {
  const blocks = families.flatMap((family) => family.blocks);
  const cached = blocks.filter(({ cacheable }) => cacheable);
  const work = cached.reduce<number | null>(
    (sum, block) => (sum === null || block.flops === null ? null : sum + block.flops),
    0,
  );
  const share = work === null || !flops ? '' : `, ${((100 * work) / flops).toFixed(0)} % of the model’s work`;
  const kinds = families.map(({ name, count }) => `${count} in ${name}`).join(', ');
  return `${blocks.length} transformer blocks: ${kinds}. ${cached.length} of them can be cached${share}.`;
}

function legend(): Markup {
  return html`<p class="key quiet">
    A self-attention, S over space, T over time, C cross-attention, M MLP; a dot is attention and MLP in one.
    A box is as high as its work; a line is a tensor that flows.
  </p>`;
}

function familyTable({ name, count, streams, blocks }: InspectedFamily): Markup {
  return html`<h3>
      ${name} <small>${count} blocks, ${streams === 1 ? 'one stream' : `${streams} streams`}</small>
    </h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>block</th>
            <th>sites</th>
            <th>parameters</th>
            <th>FLOPs</th>
            <th>from</th>
            <th>to</th>
            <th>cached</th>
          </tr>
        </thead>
        <tbody>
          ${blocks.map(
            (block) =>
              html`<tr>
                <th scope="row">${block.name}</th>
                <td>${block.sites.map(({ kind }) => kind).join(', ') || '–'}</td>
                <td>${quantity(block.parameters)}</td>
                <td>${block.flops === null ? '–' : quantity(block.flops)}</td>
                <td><code>${block.inputs.join(' ')}</code></td>
                <td><code>${block.outputs.join(' ')}</code></td>
                <td>${block.cacheable ? 'yes' : 'no'}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function cutTable({ cuts, carried }: Inspection): Markup {
  return html`<ol class="cuts">
      ${cuts.map((tensors) => html`<li><code>${tensors.join(' ')}</code></li>`)}
    </ol>
    <p class="quiet">
      Computed once per pass for all blocks:
      ${carried.length === 0 ? 'nothing' : html`<code>${carried.join(' ')}</code>`}
    </p>`;
}
