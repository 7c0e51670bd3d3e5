import { stepAxis } from './axis.ts';
import { factor, percent, ranges } from './format.ts';
import { html, trusted, type Markup } from './markup.ts';
import { policyLabel, type PolicyNumbers } from './policy-label.ts';
import type { Timeline } from './data.ts';
import { happened, strip } from './timeline.ts';

/** What is told about a policy next to its decisions; without costs there is no speed-up. */
export interface DecisionFigures {
  /** Id of the policy. */
  readonly policy: string;
  /** Share of sites that were taken from the cache, 0 … 1. */
  readonly reuseRate: number;
  /** Plain time by cached time; null when nothing was timed. */
  readonly speedup: number | null;
}

/**
 * The timelines of a prompt, one below the other on the axis of the other charts; further branches and the reasons in
 * words open on demand.
 *
 * @param report - of one prompt
 * @param rows - of the comparison that belong to the prompt
 * @param steps - of the run
 * @param numbers - of the policies
 */
export function decisions(
  report: { readonly timelines: readonly Timeline[] },
  rows: readonly DecisionFigures[],
  steps: number,
  numbers: PolicyNumbers,
): Markup {
  const byPolicy = grouped(report.timelines);
  if (byPolicy.length === 0) return html``;
  return html`<section class="decisions">
    <h3>What each policy did</h3>
    <p>Each step of each site. Sites that always did the same share a row.</p>
    ${decisionKey(report.timelines)}
    ${byPolicy.map((timelines) => policyFigure(timelines, rows, steps, numbers))}
    <div class="chart">${stepAxis(steps)}</div>
  </section>`;
}

/**
 * What solid and pale cells of timelines mean.
 *
 * @param timelines - that the key stands beside
 */
export function decisionKey(timelines: readonly Timeline[]): Markup {
  const skipped = timelines.some(({ cells }) => cells.some((row) => row.includes('-')));
  return html`<ul class="series-key">
    <li>${sample('M1 1h7v10h-7zM10 1h7v10h-7zM19 1h7v10h-7z', 'computed')} computed</li>
    <li>${sample('M1 1h26v10H1z', 'pale')} reused: a value is held</li>
    ${skipped && html`<li>blank: not run</li>`}
  </ul>`;
}

/**
 * The timeline of one policy, with its further branches and the reasons in words to unfold.
 *
 * @param timelines - of all branches of one run
 * @param steps - of the run
 */
export function decisionsOf(timelines: readonly Timeline[], steps: number): Markup {
  const [first, ...others] = timelines;
  if (!first) return html``;
  return html`<div class="decision">${strip(first, steps)} ${more([first, ...others], steps)}</div>`;
}

type Branches = readonly [Timeline, ...Timeline[]];

function grouped(timelines: readonly Timeline[]): readonly Branches[] {
  const groups = new Map<string, [Timeline, ...Timeline[]]>();
  for (const timeline of timelines) {
    const group = groups.get(timeline.policy);
    if (group) group.push(timeline);
    else groups.set(timeline.policy, [timeline]);
  }
  return [...groups.values()];
}

function sample(path: string, kind: string): Markup {
  return html`<svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
    <path class="${kind}" d="${path}" />
    ${kind === 'pale' && html`<path class="held" d="M1 5h26v2H1z" />`}
  </svg>`;
}

function policyFigure(
  branches: Branches,
  rows: readonly DecisionFigures[],
  steps: number,
  numbers: PolicyNumbers,
): Markup {
  const [first] = branches;
  const row = rows.find(({ policy }) => policy === first.policy);
  const figures =
    row &&
    html`<span class="figures"
      >${percent(row.reuseRate)} reused${row.speedup !== null && html` · ${factor(row.speedup)}`}</span
    >`;
  return html`<figure class="decision">
    <figcaption>
      <h4>${policyLabel(first.policy, numbers)}</h4>
      ${figures}
    </figcaption>
    ${strip(first, steps)} ${more(branches, steps)}
  </figure>`;
}

function more(branches: Branches, steps: number): Markup {
  const [first, ...others] = branches;
  const same = others.every(({ cells }) => cells.join() === first.cells.join());
  const names = others.map(({ branch }) => branch).join(', ');
  const title = others.length === 0 ? 'Reasons' : `Branch ${names}${same ? ' (the same)' : ''} and reasons`;
  return html`<details>
    <summary>${title}</summary>
    ${others.map((timeline) => html`${branchTitle(timeline.branch)} ${strip(timeline, steps)}`)}
    ${reasonLists(branches, steps)}
  </details>`;
}

function branchTitle(text: string): Markup {
  return html`<p class="branch">Branch ${text}</p>`;
}

/** The reasons in words: what tooltips say, for readers without a pointer. Branches that agree share a list. */
function reasonLists(branches: Branches, steps: number): readonly Markup[] {
  const lists = new Map<string, string[]>();
  for (const timeline of branches) {
    const list = reasonList(timeline, steps).text;
    lists.set(list, [...(lists.get(list) ?? []), timeline.branch]);
  }
  return [...lists].map(
    ([list, names]) => html`${branchTitle(`${names.join(' and ')}, by step`)} ${trusted(list)}`,
  );
}

function reasonList(timeline: Timeline, steps: number): Markup {
  const groups: { text: string; steps: number[] }[] = [];
  for (let step = 0; step < steps; step++) {
    const reason = timeline.reasons[step];
    const text = `${happened(timeline, step)}${reason ? `: ${reason}` : ''}`;
    const last = groups.at(-1);
    if (last?.text === text) last.steps.push(step);
    else groups.push({ text, steps: [step] });
  }
  const item = ({ steps: at, text }: (typeof groups)[number]) =>
    html`<li><span class="at">${ranges(at)}</span> ${text}</li>`;
  return html`<ol class="reasons">
    ${groups.map(item)}
  </ol>`;
}
