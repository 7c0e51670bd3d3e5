import {
  badge,
  counted,
  decibels,
  factor,
  html,
  linearScale,
  type Markup,
  policyCode,
  type PolicyNumbers,
  policyText,
  position,
  type Scale,
} from '@refrain/charts';
import type { PolicySummary } from './summary.ts';

/** A policy in the plane, from 0 to 1 to the right and downwards. */
interface Dot {
  readonly summary: PolicySummary;
  readonly x: number;
  readonly ideal: number;
  readonly y: number;
}

/** Where identical videos stand: above all numbers. The scale of PSNR begins below. */
const identicalAt = 0.06;
const scaleFrom = 0.14;

/**
 * Speed-up against PSNR: numbered marks as measured, hollow ones for the ideal speed-up. The marks are HTML over an SVG
 * that stretches, so text keeps its size on a phone.
 *
 * @param summaries - of all policies
 * @param numbers - of the policies
 */
export function scatter(summaries: readonly PolicySummary[], numbers: PolicyNumbers): Markup {
  const shown = summaries.filter(
    ({ speedup, psnr }) => Number.isFinite(speedup) && (psnr === null || Number.isFinite(psnr)),
  );
  if (shown.length === 0) return html``;
  const across = linearScale(
    [1, ...shown.flatMap(({ speedup, idealSpeedup }) => [speedup, idealSpeedup])],
    6,
  );
  const down = linearScale(
    shown.flatMap(({ psnr }) => psnr ?? []),
    4,
  );
  const dots = shown.map((summary) => dot(summary, across, down));
  return html`<figure class="scatter">
    <figcaption>
      <h3>Speed-up and closeness</h3>
      <p>
        Numbered: as measured. Hollow: the ideal speed-up, if caching itself were free. Up and to the right is
        better.
      </p>
    </figcaption>
    <div class="beside">
      <div class="chart">
        ${heightLabels(
          down,
          shown.some(({ psnr }) => psnr === null),
        )}
        <div
          class="plot"
          role="img"
          aria-label="Speed-up against PSNR for ${counted(shown.length, 'policy', 'policies')}; the table has the figures."
        >
          ${lines(dots, across, down)} ${dots.map(idealMark)}
          ${merged(dots).map((group) => mark(group, numbers))}
        </div>
        <div class="axis" aria-hidden="true">
          ${across.ticks.map((tick) => html`<span style="left:${position(across.place(tick))}">${tick}×</span>`)}
        </div>
        <div class="axis-title" aria-hidden="true">speed-up</div>
      </div>
      <ol class="key">
        ${shown.map(
          ({ policy }) =>
            html`<li class="name">
              ${badge(policy, numbers)}
              <div>${policyCode(policy)}</div>
            </li>`,
        )}
      </ol>
    </div>
  </figure>`;
}

function dot(summary: PolicySummary, across: Scale, down: Scale): Dot {
  const { speedup, idealSpeedup, psnr } = summary;
  const ideal = Number.isFinite(idealSpeedup) ? idealSpeedup : speedup;
  return {
    summary,
    x: across.place(speedup),
    ideal: across.place(ideal),
    y: psnr === null ? identicalAt : depth(down.place(psnr)),
  };
}

function depth(share: number): number {
  return 1 - share * (1 - scaleFrom);
}

function heightLabels(down: Scale, identical: boolean): Markup {
  const labels = down.ticks.map(
    (tick) => html`<span style="top:${position(depth(down.place(tick)))}">${tick} dB</span>`,
  );
  return html`<div class="labels" aria-hidden="true">
    ${labels} ${identical && html`<span style="top:${position(identicalAt)}">identical</span>`}
  </div>`;
}

function lines(dots: readonly Dot[], across: Scale, down: Scale): Markup {
  const upright = across.ticks.map((tick) => `M${round(across.place(tick))} 0V100`);
  const level = down.ticks.map((tick) => `M0 ${round(depth(down.place(tick)))}H100`);
  const gaps = dots.map(({ x, ideal, y }) => `M${round(x)} ${round(y)}H${round(ideal)}`);
  return html`<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
    <path class="grid" d="${[...upright, ...level].join('')}" />
    <path class="gap" d="${gaps.join('')}" />
  </svg>`;
}

function round(share: number): number {
  return Number((share * 100).toFixed(2));
}

function idealMark({ ideal, y }: Dot): Markup {
  return html`<span class="ideal" style="left:${position(ideal)};top:${position(y)}"></span>`;
}

/** Marks that would cover each other share one. */
function merged(dots: readonly Dot[]): readonly (readonly [Dot, ...Dot[]])[] {
  const groups: [Dot, ...Dot[]][] = [];
  for (const next of dots) {
    const near = groups.find(([{ x, y }]) => Math.abs(x - next.x) < 0.035 && Math.abs(y - next.y) < 0.07);
    if (near) near.push(next);
    else groups.push([next]);
  }
  return groups;
}

function mark(group: readonly [Dot, ...Dot[]], numbers: PolicyNumbers): Markup {
  const [{ x, y }] = group;
  const text = group.map(({ summary }) => numbers.get(summary.policy)).join(', ');
  const about = group.map(({ summary }) => describe(summary, numbers)).join('\n');
  return html`<span class="number mark" style="left:${position(x)};top:${position(y)}" title="${about}"
    >${text}</span
  >`;
}

function describe(summary: PolicySummary, numbers: PolicyNumbers): string {
  const { policy, speedup, idealSpeedup, psnr } = summary;
  return `${policyText(policy, numbers)}: ${factor(speedup)} (ideal ${factor(idealSpeedup)}), ${decibels(psnr)}`;
}
