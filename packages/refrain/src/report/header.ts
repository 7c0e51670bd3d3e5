import type { Comparison, Environment } from '../compare/comparison.ts';
import { counted, decimals, html, type Markup, moment } from '@refrain/charts';
import { judge, outcomeSentence } from './outcome.ts';
import type { ReportData } from './report-data.ts';
import type { PolicySummary } from './summary.ts';

/**
 * Top of the page: what was compared, how it came out, and what a reader has to know before trusting it.
 *
 * @param data - of the whole report
 * @param summaries - of all policies
 */
export function header(data: ReportData, summaries: readonly PolicySummary[]): Markup {
  const { comparison } = data;
  return html`<header class="top">
    <p class="kicker">Refrain · comparison of caching policies</p>
    <h1>${comparison.model}, ${counted(comparison.steps, 'step')}</h1>
    <p class="outcome">${outcomeSentence(judge(summaries), summaries)}</p>
    ${notices(comparison)} ${factList(facts(data))}
    <p class="environment">${environmentLine(comparison.environment)}</p>
    ${contents(data)}
  </header>`;
}

/** Terms and values in a row. */
export function factList(list: readonly (readonly [string, string | Markup])[]): Markup {
  return html`<dl class="facts">
    ${list.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function facts({ comparison, made }: ReportData): readonly (readonly [string, string | Markup])[] {
  const prompts = new Set(comparison.rows.map(({ prompt }) => prompt)).size;
  return [
    ['Steps', `${comparison.steps}`],
    ['Guidance', `${comparison.guidance}`],
    ['Shift', `${comparison.shift}`],
    ['Seed', `${comparison.seed}`],
    ['Prompts', `${prompts}`],
    ['Timed', comparison.repeats === 1 ? 'once' : `${comparison.repeats} times`],
    ['Made', html`<time datetime="${made}">${moment(made)}</time>`],
  ];
}

function environmentLine(environment: Environment): Markup {
  const { cpu, cores, runtime, provider, threads, node, platform, refrain, load } = environment;
  const parts = [
    `${cpu}, ${counted(cores, 'core')}`,
    `${runtime} on ${provider} with ${counted(threads, 'thread')}`,
    `Node ${node.replace(/^v/, '')} on ${platform}`,
    `Refrain ${refrain}`,
    `load ${decimals(load[0], 1)} at the start, ${decimals(load[1], 1)} at the end`,
  ];
  return html`${parts.join(' · ')}`;
}

function notices({ complete, environment, rows }: Comparison): Markup {
  const busy = Math.max(...environment.load) > environment.cores;
  return html`${!complete && notice('Incomplete.', `The run was stopped early: ${counted(rows.length, 'row')} so far. Means and medians below are over what was done.`)}
  ${busy && notice('Busy machine.', `The load average exceeded ${counted(environment.cores, 'core')}, so other work took part in the times: treat speed-ups as rough.`)}`;
}

/** Something that a reader has to know before trusting the page. */
export function notice(title: string, text: string): Markup {
  return html`<p class="notice" role="note"><strong>${title}</strong> ${text}</p>`;
}

function contents({ prompts }: ReportData): Markup {
  return contentLinks([
    ['results', 'Results'],
    ...prompts.map(({ prompt }, index) => [`prompt-${index + 1}`, prompt] as const),
    ['reading', 'How to read this'],
  ]);
}

/** Links to sections of the page: their id and their text. */
export function contentLinks(sections: readonly (readonly [string, string])[]): Markup {
  return html`<nav aria-label="Contents">
    <ul>
      ${sections.map(([id, text]) => html`<li><a href="#${id}">${text}</a></li>`)}
    </ul>
  </nav>`;
}
