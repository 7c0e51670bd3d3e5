import { html, type Markup } from '@refrain/charts';
import { bounds, type NumberSetting } from '../settings/settings.ts';

/** The page without anything in it yet. */
export function shell(): Markup {
  return html`<a class="skip" href="#results">To the results</a>
    <div class="page">
      <header class="top">
        <p class="kicker">Refrain, live</p>
        <h1>One noise, denoised twice</h1>
        <p class="lead">
          A small diffusion transformer makes a video from noise, side by side: once it computes everything,
          once a caching policy takes from the step before what barely changes. All of it runs in this tab.
        </p>
      </header>
      <main>
        ${settingsForm()}
        <section id="results" aria-labelledby="results-title" tabindex="-1">
          <h2 id="results-title" class="unseen">Results</h2>
          <div id="failure" class="failure" role="alert" hidden></div>
          <div id="running" class="running" hidden>
            <div id="progress" class="progress"></div>
            <button type="button" id="stop">Stop</button>
          </div>
          <p id="live" class="unseen" role="status"></p>
          <div id="videos"></div>
          <div id="figures"></div>
          <div id="charts" class="charts">
            <p class="hint">
              Nothing generated yet. While a video denoises, this shows what was computed and what was reused,
              and how much each block of the model changes from step to step.
            </p>
          </div>
          <div id="runs"></div>
        </section>
      </main>
    </div>`;
}

function settingsForm(): Markup {
  return html`<form id="settings" aria-label="Settings" novalidate autocomplete="off">
    ${promptFields()} ${actions()} ${policyFields()} ${runFields()}
  </form>`;
}

function promptFields(): Markup {
  return html`<fieldset>
    <legend>Prompt</legend>
    <div class="field">
      <label for="prompt" class="unseen">Prompt</label>
      <input id="prompt" autocapitalize="off" spellcheck="false" aria-describedby="prompt-complaint" />
      <p id="prompt-complaint" class="complaint" hidden></p>
    </div>
    <div id="words" class="words"></div>
  </fieldset>`;
}

function policyFields(): Markup {
  return html`<fieldset>
    <legend>Policy</legend>
    <div class="field">
      <label for="policy-name" class="unseen">Policy</label>
      <select id="policy-name" aria-describedby="policy-about"></select>
      <p id="policy-about" class="hint"></p>
    </div>
    ${dial('threshold', 'δ', 'threshold')} ${dial('interval', 'R', 'steps of reuse')}
    <details class="more">
      <summary>All options</summary>
      <div id="policy-options"></div>
    </details>
    <div class="field">
      <label for="policy">As text</label>
      <textarea
        id="policy"
        rows="2"
        autocapitalize="off"
        spellcheck="false"
        aria-describedby="policy-complaint policy-warning"
      ></textarea>
      <p id="policy-complaint" class="complaint" hidden></p>
      <p id="policy-warning" class="hint" hidden></p>
    </div>
  </fieldset>`;
}

function dial(id: string, symbol: string, text: string): Markup {
  return html`<div class="dial">
    <label for="${id}"><b>${symbol}</b> <span class="quiet">${text}</span></label>
    <output for="${id}"></output>
    <input type="range" id="${id}" min="${id === 'interval' ? 1 : 0}" step="1" />
  </div>`;
}

function runFields(): Markup {
  return html`<fieldset>
      <legend>Backend</legend>
      <div id="backends" class="backends"></div>
      <p id="backend-note" class="notice" role="status"></p>
    </fieldset>
    <fieldset>
      <legend>Sampling</legend>
      <div class="numbers">
        ${number('steps', 'Steps', 'numeric')} ${number('guidance', 'Guidance', 'decimal')}
        ${number('seed', 'Seed', 'numeric')}
      </div>
    </fieldset>`;
}

function number(name: NumberSetting, text: string, keyboard: string): Markup {
  const { min, max, integer } = bounds[name];
  return html`<div class="field">
    <label for="${name}">${text}</label>
    <input
      type="number"
      id="${name}"
      min="${min}"
      max="${max}"
      step="${integer ? 1 : 'any'}"
      inputmode="${keyboard}"
      aria-describedby="${name}-complaint"
    />
    <p id="${name}-complaint" class="complaint" hidden></p>
  </div>`;
}

function actions(): Markup {
  return html`<div class="actions">
    <button type="submit" id="generate" class="primary">Generate</button>
    <button type="button" id="any-prompt" aria-label="Random prompt">Random</button>
    <button type="button" id="share">Copy link</button>
    <p id="note" class="hint" role="status"></p>
  </div>`;
}
