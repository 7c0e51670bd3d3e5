import { html, type Markup } from './markup.ts';
import { stepTicks } from './scales.ts';

/** A share of 0 … 1 as a CSS length. */
export function position(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

/**
 * The axis of steps below a chart. Charts of one prompt share it, so that a step stands at the same place in all of them.
 *
 * @param steps - of the run
 */
export function stepAxis(steps: number): Markup {
  const labels = stepTicks(steps).map(
    (step) => html`<span style="left:${position((step + 0.5) / steps)}">${step}</span>`,
  );
  return html`<div class="axis" aria-hidden="true">${labels}</div>
    <div class="axis-title" aria-hidden="true">step (0 = noise)</div>`;
}

/**
 * Transparent columns over a chart that carry a tooltip for each step.
 *
 * @param texts - one for each step
 * @param height - of the chart in its own units
 */
export function stepTooltips(texts: readonly string[], height: number): Markup {
  const columns = texts.map(
    (text, step) =>
      html`<rect class="hit" x="${step}" width="1" height="${height}"><title>${text}</title></rect>`,
  );
  return html`${columns}`;
}
