import {
  badge,
  counted,
  factor,
  html,
  linearScale,
  logScale,
  type Markup,
  type PolicyNumbers,
  policyText,
  position,
  type Scale,
  shortPolicyCode,
  significant,
} from '@refrain/charts';
import type { FigureSummary } from '../simulation/figures.ts';
import { placeOf, type Judged } from './outcome.ts';
import type { PlanePoint, SimulationReport } from './report-data.ts';

/** Both axes: speed-up to the right, drift downwards, so that up and to the right is better. */
interface Axes {
  readonly across: Scale;
  readonly down: Scale;
  /** True if something did not drift at all: it stands above all numbers. */
  readonly identical: boolean;
}

/** A numbered mark, and where it was predicted to be, if that is another place. */
interface Dot extends Judged {
  readonly x: number;
  readonly y: number;
  readonly predicted?: { readonly x: number; readonly y: number };
}

const identicalAt = 0.05;
const scaleFrom = 0.12;

/**
 * Speed-up against drift: numbered marks for the policies of the table, small dots for everything else that was tried, and
 * the Pareto front as a line.
 */
export function plane(
  data: SimulationReport,
  summaries: readonly FigureSummary[],
  numbers: PolicyNumbers,
): Markup {
  const judged = summaries.flatMap((summary) => placeOf(summary) ?? []);
  if (judged.length === 0) return html``;
  const predictions = judged.flatMap(({ summary }) => predictionOf(summary) ?? []);
  const axes = axesOf([...judged, ...predictions, ...data.tried, ...(data.front ?? [])]);
  const dots = judged.map((each) => dotOf(each, axes));
  const front = data.front ?? frontOf(judged);
  return html`<figure class="scatter">
    <figcaption>
      <h3>Speed-up and drift</h3>
      <p>${legend(data, predictions.length > 0)}</p>
    </figcaption>
    <div class="beside">
      <div class="chart">
        ${driftLabels(axes)}
        <div
          class="plot"
          role="img"
          aria-label="Speed-up against drift for ${counted(dots.length, 'policy', 'policies')}; the table has the figures."
        >
          ${drawing(dots, front, data.tried, axes)}
          ${dots.map(({ predicted }) => predicted && html`<span class="ideal" style="${placed(predicted)}"></span>`)}
          ${merged(dots).map((group) => mark(group, numbers))}
        </div>
        <div class="axis" aria-hidden="true">
          ${axes.across.ticks.map((tick) => html`<span style="left:${position(axes.across.place(tick))}">${tick}×</span>`)}
        </div>
        <div class="axis-title" aria-hidden="true">speed-up</div>
      </div>
      <ol class="key">
        ${dots.map(
          ({ summary: { policy } }) =>
            html`<li class="name">
              ${badge(policy, numbers)}
              <div>${shortPolicyCode(policy)}</div>
            </li>`,
        )}
      </ol>
    </div>
  </figure>`;
}

function legend({ evidence, tried }: SimulationReport, both: boolean): string {
  const marks = both
    ? 'Numbered: as measured on the model. Hollow: as predicted.'
    : `Numbered: as ${evidence === 'simulated' ? 'simulated' : 'predicted'}.`;
  const cloud =
    tried.length > 0 ? ` Dots: all ${counted(tried.length, 'parameter set')} that were tried.` : '';
  return `${marks}${cloud} The line is the Pareto front. Drift runs downwards, on a logarithmic scale: up and to the right is better.`;
}

/** What was predicted for a policy that was measured too. */
function predictionOf({ policy, figures }: FigureSummary): PlanePoint | undefined {
  const { speedup = null, drift = null, measuredSpeedup } = figures;
  if (measuredSpeedup === undefined || speedup === null || drift === null) return undefined;
  return { policy, speedup, drift };
}

function axesOf(points: readonly Omit<PlanePoint, 'policy'>[]): Axes {
  return {
    across: linearScale([1, ...points.map(({ speedup }) => speedup)], 6),
    down: logScale(points.map(({ drift }) => drift)),
    identical: points.some(({ drift }) => drift <= 0),
  };
}

function depth({ down, identical }: Axes, drift: number): number {
  if (drift <= 0) return identicalAt;
  const from = identical ? scaleFrom : 0;
  return from + down.place(drift) * (1 - from);
}

function dotOf(judged: Judged, axes: Axes): Dot {
  const place = ({ speedup, drift }: Omit<PlanePoint, 'policy'>) => ({
    x: axes.across.place(speedup),
    y: depth(axes, drift),
  });
  const prediction = predictionOf(judged.summary);
  return { ...judged, ...place(judged), ...(prediction && { predicted: place(prediction) }) };
}

/** Policies for which no other is both as fast and as close; from the slowest to the fastest. */
function frontOf(judged: readonly Judged[]): readonly PlanePoint[] {
  const better = (a: Judged, b: Judged): boolean =>
    a.speedup >= b.speedup && a.drift <= b.drift && (a.speedup > b.speedup || a.drift < b.drift);
  return judged
    .filter((one) => !judged.some((other) => better(other, one)))
    .toSorted((a, b) => a.speedup - b.speedup)
    .map(({ summary: { policy }, speedup, drift }) => ({ policy, speedup, drift }));
}

function driftLabels(axes: Axes): Markup {
  const labels = axes.down.ticks.map(
    (tick) => html`<span style="top:${position(depth(axes, tick))}">${significant(tick)}</span>`,
  );
  return html`<div class="labels" aria-hidden="true">
    ${labels} ${axes.identical && html`<span style="top:${position(identicalAt)}">none</span>`}
  </div>`;
}

function drawing(
  dots: readonly Dot[],
  front: readonly PlanePoint[],
  tried: readonly PlanePoint[],
  axes: Axes,
): Markup {
  const { across, down } = axes;
  const at = ({ speedup, drift }: Omit<PlanePoint, 'policy'>): string =>
    `${round(across.place(speedup))} ${round(depth(axes, drift))}`;
  const upright = across.ticks.map((tick) => `M${round(across.place(tick))} 0V100`);
  const level = down.ticks.map((tick) => `M0 ${round(depth(axes, tick))}H100`);
  const gaps = dots.map(({ x, y, predicted }) =>
    predicted ? `M${round(x)} ${round(y)}L${round(predicted.x)} ${round(predicted.y)}` : '',
  );
  // Sets that fall on one place are drawn once: thousands of them make no larger page.
  const cloud = [...new Set(tried.map(at))].map((place) => `M${place}h0`);
  return html`<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
    <path class="grid" d="${[...upright, ...level].join('')}" />
    <path class="cloud" d="${cloud.join('')}" />
    <path class="front" d="${front.length > 1 ? `M${front.map(at).join('L')}` : ''}" />
    <path class="gap" d="${gaps.join('')}" />
  </svg>`;
}

/** A tenth of a percent of the width is less than a pixel. */
function round(share: number): number {
  return Number((share * 100).toFixed(1));
}

function placed({ x, y }: { readonly x: number; readonly y: number }): string {
  return `left:${position(x)};top:${position(y)}`;
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
  const text = group.map(({ summary }) => numbers.get(summary.policy)).join(', ');
  const about = group.map((dot) => describe(dot, numbers)).join('\n');
  return html`<span class="number mark" style="${placed(group[0])}" title="${about}">${text}</span>`;
}

function describe({ summary, speedup, drift }: Dot, numbers: PolicyNumbers): string {
  return `${policyText(summary.policy, numbers)}: ${factor(speedup)}, drift ${significant(drift)}`;
}
