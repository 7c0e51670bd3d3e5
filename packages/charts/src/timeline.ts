import { position, stepTooltips } from './axis.ts';
import { bandsOf, heightOf, type Band } from './bands.ts';
import { ranges } from './format.ts';
import { html, type Markup } from './markup.ts';
import type { Timeline } from './data.ts';

/** Share of a step's width that a computed cell leaves open on either side, so that steps can be counted. */
const margin = 0.07;

/**
 * What one policy did in one branch: solid cells were computed, a thin line on pale ground is a value that was held.
 * The two differ in form and lightness, so colour is not needed to tell them apart.
 *
 * @param timeline - of one policy and branch
 * @param steps - of the run
 */
export function strip(timeline: Timeline, steps: number): Markup {
  const bands = bandsOf(timeline);
  if (bands.length === 0) return html`<p class="quiet">No decisions were recorded.</p>`;
  const height = heightOf(bands);
  return html`<div class="chart strip" style="--height:${height}px">
    <div class="labels" aria-hidden="true">${bands.map((band) => label(band, height))}</div>
    <div class="plot">
      <svg
        viewBox="0 0 ${steps} ${height}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${describe(timeline, steps)}"
      >
        <path class="pale" d="${bands.map((band) => ground(band, steps)).join('')}" />
        <path class="held" d="${bands.map((band) => held(band, steps)).join('')}" />
        <path class="computed" d="${bands.map((band) => computed(band, steps)).join('')}" />
        ${stepTooltips(tooltips(timeline, steps), height)}
      </svg>
    </div>
  </div>`;
}

function label({ label: long, brief, top, height }: Band, all: number): Markup {
  const middle = position((top + height / 2) / all);
  return html`<span style="top:${middle}" title="${long}"
    ><i class="long">${long}</i><i class="short">${brief}</i></span
  >`;
}

/** Draws every run of one symbol in every row of a band. */
function draw(
  band: Band,
  steps: number,
  symbol: string,
  shape: (run: Run, top: number, height: number) => string,
): string {
  const height = band.height / band.rows.length;
  return band.rows
    .map((row, index) =>
      runsOf(row.slice(0, steps), symbol)
        .map((run) => shape(run, band.top + index * height, height))
        .join(''),
    )
    .join('');
}

function ground(band: Band, steps: number): string {
  return draw(band, steps, '0', ({ from, until }, top, height) => box(from, until, top, height));
}

function held(band: Band, steps: number): string {
  const thickness = band.rows.length === 1 ? 2 : 1;
  return draw(band, steps, '0', ({ from, until }, top, height) =>
    box(from, until, top + (height - thickness) / 2, thickness),
  );
}

function computed(band: Band, steps: number): string {
  // Thin rows need a gap between them; a single row fills its band.
  const inset = band.rows.length === 1 ? 0 : 0.5;
  return draw(band, steps, '1', ({ from, until }, top, height) =>
    Array.from({ length: until - from }, (_, index) =>
      box(from + index + margin, from + index + 1 - margin, top + inset, height - 2 * inset),
    ).join(''),
  );
}

function box(from: number, until: number, top: number, height: number): string {
  return `M${number(from)} ${number(top)}H${number(until)}v${number(height)}H${number(from)}z`;
}

function number(value: number): number {
  return Number(value.toFixed(2));
}

interface Run {
  readonly from: number;
  readonly until: number;
}

function runsOf(row: string, symbol: string): readonly Run[] {
  const runs: Run[] = [];
  for (let from = row.indexOf(symbol); from >= 0; from = row.indexOf(symbol, from)) {
    let until = from;
    while (row[until] === symbol) until++;
    runs.push({ from, until });
    from = until;
  }
  return runs;
}

/**
 * What happened at a step, in a few words: `computed`, `reused`, `computed 12 of 30 sites`, `not run`.
 *
 * @param timeline - of one policy and branch
 * @param step - index of the step
 */
export function happened({ cells }: Timeline, step: number): string {
  const computedSites = cells.filter((row) => row[step] === '1').length;
  const reusedSites = cells.filter((row) => row[step] === '0').length;
  if (computedSites + reusedSites === 0) return 'not run';
  if (reusedSites === 0) return 'computed';
  return computedSites === 0 ? 'reused' : `computed ${computedSites} of ${computedSites + reusedSites} sites`;
}

function tooltips(timeline: Timeline, steps: number): readonly string[] {
  return Array.from({ length: steps }, (_, step) => {
    const reason = timeline.reasons[step];
    return `Step ${step}: ${happened(timeline, step)}${reason ? `; ${reason}` : ''}`;
  });
}

function describe(timeline: Timeline, steps: number): string {
  const all = Array.from({ length: steps }, (_, step) => step);
  const stepsWith = (wanted: (text: string) => boolean) =>
    ranges(all.filter((step) => wanted(happened(timeline, step))));
  const parts = [
    ['computed', stepsWith((text) => text === 'computed')],
    ['reused', stepsWith((text) => text === 'reused')],
    ['partly reused', stepsWith((text) => text.startsWith('computed '))],
  ].flatMap(([verb, where]) => (where ? [`${verb} at steps ${where}`] : []));
  return `Branch ${timeline.branch}: ${parts.join('; ') || 'nothing was run'}.`;
}
