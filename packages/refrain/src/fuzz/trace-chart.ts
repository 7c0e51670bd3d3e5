import type { DecisionRecord } from '@refrain/core';
import { html, type Markup } from '@refrain/charts';

const HEIGHT = 80;

/**
 * A trace as bars, one a step, with what was done below each: C computed, R reused, P part of both. Values that are no
 * ordinary numbers are written instead of drawn.
 *
 * @param trace - one value a step
 * @param decisions - of the run
 * @param offending - the step to mark
 */
export function traceChart(
  trace: readonly (number | string)[],
  decisions: readonly DecisionRecord[],
  offending: number | undefined,
): Markup {
  const usual = trace.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const most = usual.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  const width = Math.max(28, Math.min(56, 720 / trace.length));
  const bars = trace.map((value, step) => {
    const x = step * width;
    const drawn = typeof value === 'number' && Number.isFinite(value);
    const height = drawn ? Math.max(1, (Math.abs(value) / most) * HEIGHT) : 0;
    const label = drawn ? String(Number(value.toPrecision(2))) : String(value);
    return html`<g>
      <title>step ${step}: ${label}</title>
      ${drawn && html`<rect class="bar" x="${x + 4}" y="${HEIGHT + 12 - height}" width="${width - 8}" height="${height}" />`}
      <text x="${x + width / 2}" y="${drawn ? HEIGHT + 8 - height : HEIGHT}">${label}</text>
      <text x="${x + width / 2}" y="${HEIGHT + 28}">${did(decisions, step)}</text>
      <text x="${x + width / 2}" y="${HEIGHT + 42}">${step}</text>
      ${step === offending && html`<rect class="mark" x="${x + 1}" y="1" width="${width - 2}" height="${HEIGHT + 46}" />`}
    </g>`;
  });
  const described = `What indicators show at ${trace.length} steps${offending === undefined ? '' : `; the law is broken at step ${offending}`}.`;
  return html`<figure class="trace-chart">
    <svg
      viewBox="0 0 ${trace.length * width} ${HEIGHT + 48}"
      width="${trace.length * width}"
      height="${HEIGHT + 48}"
      role="img"
      aria-label="${described}"
    >
      ${bars}
    </svg>
    <figcaption class="quiet">
      Smallest trace; below: C computed, R reused, P part of both, then the step.
    </figcaption>
  </figure>`;
}

function did(decisions: readonly DecisionRecord[], step: number): string {
  const done = new Set(
    decisions.flatMap((one) => (one.step === step && one.did !== 'measured' ? [one.did] : [])),
  );
  if (done.size === 0) return '–';
  return done.size > 1 ? 'P' : done.has('reused') ? 'R' : 'C';
}
