import { describeDecision, describeRun, type LawFailure } from '@refrain/testing';
import { html, type Markup } from '@refrain/charts';
import { page } from '../report/page.ts';
import { factList } from '../report/header.ts';
import { reproduction } from '../report/guide.ts';
import { traceChart } from './trace-chart.ts';
import type { FuzzOutcome } from './fuzz-outcome.ts';

/** A policy, and what was found of it. */
export interface FuzzedPolicy {
  readonly outcome: FuzzOutcome;
  readonly failure: LawFailure | undefined;
}

/**
 * The page of a fuzzing run: for each policy what was tried, and for a broken law the smallest trace as a chart, with the
 * decisions below it and the offending one marked.
 *
 * @param fuzzed - what came of it
 * @param command - as typed in a shell
 */
export function fuzzPage(fuzzed: readonly FuzzedPolicy[], command: string): string {
  const broken = fuzzed.filter(({ failure }) => failure).length;
  const sentence =
    broken === 0
      ? 'No law was broken in what was tried.'
      : fuzzed.length === 1
        ? 'It breaks a law.'
        : `${broken} of ${fuzzed.length} policies break a law.`;
  const content = html`<header class="top">
      <p class="kicker">Refrain · fuzzing</p>
      <h1>${fuzzed.map(({ outcome }) => outcome.name).join(', ')}</h1>
      <p class="outcome">${sentence}</p>
    </header>
    <main>${fuzzed.map(section)} ${reproduction(command)}</main>`;
  return page('Refrain: fuzzing', content, styles).text;
}

function section({ outcome, failure }: FuzzedPolicy): Markup {
  const { name, tally, seed } = outcome;
  return html`<section>
    <h2>${name}</h2>
    ${factList([
      ['Cases', tally.cases.toLocaleString('en')],
      ['Decisions', tally.decisions.toLocaleString('en')],
      ['Reused', tally.reused.toLocaleString('en')],
      ['States', tally.states.toLocaleString('en')],
      ['Seconds', tally.seconds.toFixed(1)],
      ['Seed', `${seed}`],
    ])}
    ${failure ? failureSection(failure) : html`<p>No law was broken.</p>`}
  </section>`;
}

function failureSection({ property, given, breach, seed, path }: LawFailure): Markup {
  const { law } = property;
  const { course, index } = breach;
  const decisions = course?.decisions ?? [];
  const branches = given.run.branches.length * given.run.callsPerStep > 1;
  return html`<h3>Law ${law.number}, ${law.name}, is broken</h3>
    <p>${law.statement}</p>
    <p><b>Found:</b> ${breach.reason}.</p>
    <p class="quiet">${law.matters}</p>
    <p><code>${given.policy.id}</code> · ${describeRun(given.run)}</p>
    ${traceChart('trace' in given ? given.trace : given.signal, decisions, decisions[index ?? -1]?.step)}
    <ol class="fuzz-timeline">
      ${decisions.map(
        (record, at) =>
          html`<li ${at === index && html`class="offending" aria-current="true"`}>
            ${describeDecision(record, branches)}
          </li>`,
      )}
    </ol>
    <p class="quiet">Again with seed ${seed} and path <code>${path}</code>.</p>`;
}

const styles = `
.fuzz-timeline { margin: 16px 0; font: 13px/1.6 ui-monospace, monospace; }
.fuzz-timeline li { padding: 1px 10px; border-left: 3px solid transparent; white-space: pre-wrap; }
.fuzz-timeline .offending { background: var(--notice); border-left-color: var(--notice-line); font-weight: 700; }
.fuzz-timeline .offending::after { content: " ← here the law is broken"; }
.trace-chart { max-width: 720px; margin: 16px 0; }
.trace-chart svg { max-width: 100%; overflow: visible; }
.trace-chart .bar { fill: var(--accent); } .trace-chart .odd { fill: var(--notice-line); }
.trace-chart .did { fill: var(--quiet); } .trace-chart .mark { fill: none; stroke: var(--notice-line); stroke-width: 2; }
.trace-chart text { fill: var(--quiet); font: 10px system-ui, sans-serif; text-anchor: middle; }
section { margin-top: 32px; } section h3 { margin: 24px 0 8px; }
`;
