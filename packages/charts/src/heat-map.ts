import { position, stepAxis } from './axis.ts';
import { usable } from './change.ts';
import { colourAt, gradientStops } from './colour-scale.ts';
import { significant } from './format.ts';
import { html, type Markup } from './markup.ts';
import type { HeatMap } from './data.ts';
import { logScale, type Scale } from './scales.ts';

/**
 * One colour scale for the heat maps of all prompts, so that they compare.
 *
 * @param prompts - of the report
 */
export function heatScale(prompts: readonly { readonly heat: HeatMap }[]): Scale {
  return logScale(
    prompts.flatMap(({ heat }) => heat.values.flatMap((row) => row.flatMap((value) => value ?? []))),
    0,
  );
}

/**
 * Block × step, coloured by the logarithm of relative L1.
 *
 * @param heat - of one prompt
 * @param steps - of the run
 * @param scale - from {@link heatScale}
 * @param about - what the colours are, in a sentence or two
 */
export function heatMap(
  heat: HeatMap,
  steps: number,
  scale: Scale,
  about: string = ofSeveralPrompts,
): Markup {
  if (heat.values.length === 0) return html``;
  const blocks = heat.values.length;
  const height = Math.min(384, Math.max(96, blocks * 16));
  return html`<figure>
    <figcaption>
      <h4>Change of each block</h4>
      <p>${about}</p>
      ${legend(scale)}
    </figcaption>
    <div class="chart" style="--height:${height}px">
      ${blockLabels(heat.blocks, blocks)}
      <div class="plot heat">
        <svg
          viewBox="0 0 ${steps} ${blocks}"
          preserveAspectRatio="none"
          role="img"
          aria-label="${describe(heat, steps)}"
        >
          ${heat.values.map((row, block) => cells(row, block, heat.blocks[block] ?? `block ${block}`, steps, scale))}
        </svg>
      </div>
      ${stepAxis(steps)}
    </div>
  </figure>`;
}

const ofSeveralPrompts =
  'Relative L1 of block outputs from one step to the next, in the plain run, by block and step. ' +
  'Logarithmic colours, the same for all prompts.';

function cells(
  row: readonly (number | null)[],
  block: number,
  name: string,
  steps: number,
  scale: Scale,
): readonly Markup[] {
  return row.slice(0, steps).flatMap((raw, step) => {
    const value = usable(raw);
    if (value === null) return [];
    const fill = colourAt(scale.place(value));
    return html`<path fill="${fill}" d="M${step} ${block}h1v1h-1z"
      ><title>${name}, step ${step}: ${significant(value)}</title></path
    >`;
  });
}

function blockLabels(names: readonly string[], blocks: number): Markup {
  // With many blocks only every n-th has room for its name.
  const stride = Math.ceil(blocks / 24);
  const shown = Array.from({ length: blocks }, (_, block) => block).filter((block) => block % stride === 0);
  return html`<div class="labels blocks" aria-hidden="true">
    ${shown.map((block) => {
      const name = names[block] ?? `block ${block}`;
      return html`<span style="top:${position((block + 0.5) / blocks)}" title="${name}"
        ><i class="long">${name}</i><i class="short">${block}</i></span
      >`;
    })}
  </div>`;
}

function legend(scale: Scale): Markup {
  return html`<div class="legend" aria-hidden="true">
    <div class="ramp" style="background-image:linear-gradient(90deg, ${gradientStops()})"></div>
    <div class="ramp-ticks">
      ${scale.ticks.map((tick) => html`<span style="left:${position(scale.place(tick))}">${significant(tick)}</span>`)}
    </div>
  </div>`;
}

function describe(heat: HeatMap, steps: number): string {
  const values = heat.values.flatMap((row) => row.flatMap((value) => usable(value) ?? []));
  if (values.length === 0)
    return `Heat map of ${heat.values.length} blocks and ${steps} steps without values.`;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `Heat map of ${heat.values.length} blocks and ${steps} steps: relative L1 from ${significant(low)} to ${significant(high)}.`;
}
