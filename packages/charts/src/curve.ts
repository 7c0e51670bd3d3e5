import { position, stepAxis, stepTooltips } from './axis.ts';
import { modulatedMean, outputMean, outputQuantile, type Series } from './change.ts';
import { significant } from './format.ts';
import { html, type Markup } from './markup.ts';
import { badge, policyText, type PolicyNumbers } from './policy-label.ts';
import type { HeatMap, Threshold } from './data.ts';
import { logScale, type Scale } from './scales.ts';

/** Both curves of a prompt and what lies over them. */
interface Curves {
  readonly steps: number;
  readonly outputs: Series;
  readonly modulated: Series;
  /** Quartiles of the outputs over the blocks. */
  readonly lower: Series;
  readonly upper: Series;
  readonly scale: Scale;
}

/** Units of the drawing are stretched to the page: only shares of the height matter. */
const height = 100;

/**
 * Mean relative L1 over the steps, with the thresholds of the policies as lines.
 *
 * @param heat - of one prompt
 * @param steps - of the run
 * @param thresholds - of the report
 * @param numbers - of the policies
 */
export function curve(
  heat: HeatMap,
  steps: number,
  thresholds: readonly Threshold[],
  numbers: PolicyNumbers,
): Markup {
  const [outputs, modulated] = [outputMean(heat, steps), modulatedMean(heat, steps)];
  const drawn = thresholds.filter(({ value }) => value > 0 && Number.isFinite(value));
  const [lower, upper] = [outputQuantile(heat, steps, 0.25), outputQuantile(heat, steps, 0.75)];
  const values = [...outputs, ...modulated, ...lower, ...upper].flatMap((value) => value ?? []);
  if (values.length === 0) return html``;
  const curves = {
    steps,
    outputs,
    modulated,
    lower,
    upper,
    scale: logScale([...values, ...drawn.map(({ value }) => value)]),
  };
  return html`<figure>
    <figcaption>
      <h4>Mean change</h4>
      <p>
        Relative L1 from one step to the next, mean over the blocks, in the plain run. The band holds the
        middle half of the blocks.${drawn.length > 0 && ' Horizontal lines are the thresholds of policies.'}
      </p>
      ${seriesKey(drawn.length > 0)}
    </figcaption>
    <div class="chart curve">
      ${valueLabels(curves.scale)}
      <div class="plot">
        ${drawing(curves, drawn)}
        ${drawn.map((threshold, index) => thresholdLabel(threshold, (index + 0.5) / drawn.length, curves.scale, numbers))}
      </div>
      ${stepAxis(steps)}
    </div>
  </figure>`;
}

function drawing(curves: Curves, thresholds: readonly Threshold[]): Markup {
  const { steps, outputs, modulated, scale } = curves;
  const grid = scale.ticks.map((tick) => `M0 ${down(scale, tick)}H${steps}`).join('');
  const label = `Mean relative L1 by step. ${describe('Outputs', outputs)} ${describe('Modulated inputs', modulated)}`;
  return html`<svg
    viewBox="0 0 ${steps} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <path class="band" d="${band(curves)}" />
    <path class="grid" d="${grid}" />
    ${thresholds.map(({ value, on }) => html`<path class="threshold ${on}" d="M0 ${down(scale, value)}H${steps}" />`)}
    <path class="series modulated" d="${line(modulated, scale)}" />
    <path class="dots modulated" d="${dots(modulated, scale)}" />
    <path class="dots hole" d="${dots(modulated, scale)}" />
    <path class="series output" d="${line(outputs, scale)}" />
    <path class="dots output" d="${dots(outputs, scale)}" />
    ${stepTooltips(
      outputs.map((_, step) => tooltip(step, curves)),
      height,
    )}
  </svg>`;
}

function down(scale: Scale, value: number): number {
  return Number(((1 - scale.place(value)) * height).toFixed(2));
}

/** A line with a gap wherever there is no value. A logarithm has no place for zero either. */
function line(series: Series, scale: Scale): string {
  return series
    .map((value, step) => {
      if (value === null || value <= 0) return '';
      const joined = (series[step - 1] ?? 0) > 0;
      return `${joined ? 'L' : 'M'}${step + 0.5} ${down(scale, value)}`;
    })
    .join('');
}

/** Between both quartiles, wherever both are known. */
function band({ lower, upper, scale }: Curves): string {
  const runs: number[][] = [[]];
  for (const [step, value] of lower.entries()) {
    if ((value ?? 0) > 0 && (upper[step] ?? 0) > 0) runs.at(-1)?.push(step);
    else runs.push([]);
  }
  const corner = (series: Series) => (step: number) => `${step + 0.5} ${down(scale, series[step] ?? 0)}`;
  return runs
    .filter((run) => run.length > 1)
    .map((run) => `M${[...run.map(corner(upper)), ...run.toReversed().map(corner(lower))].join('L')}z`)
    .join('');
}

/** Lines of no length: their round caps are dots that stay round however the drawing is stretched. */
function dots(series: Series, scale: Scale): string {
  return series
    .map((value, step) => (value === null || value <= 0 ? '' : `M${step + 0.5} ${down(scale, value)}h0`))
    .join('');
}

function valueLabels(scale: Scale): Markup {
  const labels = scale.ticks.map(
    (tick) => html`<span style="top:${position(1 - scale.place(tick))}">${significant(tick)}</span>`,
  );
  return html`<div class="labels" aria-hidden="true">${labels}</div>`;
}

function thresholdLabel(
  { policy, value, on }: Threshold,
  across: number,
  scale: Scale,
  numbers: PolicyNumbers,
): Markup {
  // Labels are spread over the middle, where a U-shaped curve lies below its thresholds.
  const left = position(0.2 + across * 0.6);
  const about = `Threshold ${significant(value)} of ${policyText(policy, numbers)}, on ${subjects[on]}`;
  return html`<span
    class="threshold-label"
    style="left:${left};top:${position(1 - scale.place(value))}"
    title="${about}"
  >
    ${badge(policy, numbers)} ${significant(value)}
  </span>`;
}

const subjects = { output: 'block outputs', modulated: 'modulated inputs' } as const;

function seriesKey(thresholds: boolean): Markup {
  return html`<ul class="series-key">
    ${keyEntry('series', 'output', 'block outputs')}
    <li>
      <svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true">
        <path class="band" d="M1 0H27V10H1z" />
      </svg>
      middle half of the blocks
    </li>
    ${keyEntry('series', 'modulated', 'modulated inputs')}
    ${thresholds && keyEntry('threshold', 'output', 'threshold on outputs')}
    ${thresholds && keyEntry('threshold', 'modulated', 'threshold on modulated inputs')}
  </ul>`;
}

function keyEntry(kind: 'series' | 'threshold', on: 'output' | 'modulated', text: string): Markup {
  const dot = (look: string) => html`<path class="dots ${look}" d="M14 5h0" />`;
  return html`<li>
    <svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true">
      <path class="${kind} ${on}" d="M1 5H27" />
      ${kind === 'series' && dot(on)} ${kind === 'series' && on === 'modulated' && dot('hole')}
    </svg>
    ${text}
  </li>`;
}

function tooltip(step: number, { outputs, modulated, lower, upper }: Curves): string {
  const text = (series: Series) => {
    const value = series[step] ?? null;
    return value === null ? 'no value' : significant(value);
  };
  const quartiles = (lower[step] ?? null) === null ? '' : ` (quartiles ${text(lower)} and ${text(upper)})`;
  return `Step ${step}: outputs ${text(outputs)}${quartiles}, modulated inputs ${text(modulated)}`;
}

function describe(name: string, series: Series): string {
  const known = series.flatMap((value, step) => (value === null ? [] : [{ value, step }]));
  const [first] = known;
  if (!first) return `${name}: no values.`;
  const least = known.reduce((low, next) => (next.value < low.value ? next : low));
  const last = known.at(-1) ?? first;
  return `${name}: ${significant(first.value)} at step ${first.step}, least ${significant(least.value)} at step ${least.step}, ${significant(last.value)} at step ${last.step}.`;
}
