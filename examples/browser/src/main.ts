import { chartStyles, palette } from '@refrain/charts';
import { backendControl } from './controls/backend-control.ts';
import { dials } from './controls/dials.ts';
import { numberControls } from './controls/number-controls.ts';
import { policyControl } from './controls/policy-control.ts';
import { promptControl } from './controls/prompt-control.ts';
import { shareControl } from './controls/share-control.ts';
import { find } from './dom.ts';
import { startEngine } from './engine.ts';
import { loadModelFacts } from './model-facts.ts';
import type { BackendState, News } from './messages.ts';
import { printLink, readLink } from './settings/link.ts';
import { defaults, type Settings } from './settings/settings.ts';
import type { Control, State } from './state.ts';
import style from './style.css?inline';
import { results } from './view/results.ts';
import { shell } from './view/shell.ts';

const sheet = document.createElement('style');
sheet.textContent = palette + chartStyles + style;
document.head.append(sheet);
document.body.insertAdjacentHTML('beforeend', shell().text);

let state: State = {
  settings: readLink(location.hash, defaults),
  backends: [],
  running: false,
};

const view = results(document);
const controls: readonly Control[] = [
  promptControl(document, change),
  policyControl(document, change),
  dials(document, change),
  backendControl(document, change),
  numberControls(document, change),
  shareControl(document),
  view,
];

const engine = startEngine(hear);

function update(part: Partial<State>): void {
  state = { ...state, ...part };
  for (const control of controls) control.show(state);
}

function change(settings: Partial<Settings>): void {
  const before = state.settings;
  update({ settings: { ...before, ...settings } });
  history.replaceState(undefined, '', printLink(state.settings));
  // Opened ahead, so that the list can tell which policies the backend serves.
  if (state.settings.backend !== before.backend && !state.running) openBackend();
}

function openBackend(): void {
  const works = state.backends.some(
    ({ id, reason }) => id === state.settings.backend && reason === undefined,
  );
  if (works) engine.open(state.settings.backend);
}

/** Keeps to the wished backend where it works; else takes another, and says so. */
function chooseBackend(backends: readonly BackendState[]): void {
  const wished = state.settings.backend;
  const usable = backends.filter(({ reason }) => reason === undefined);
  const chosen =
    [wished, defaults.backend].flatMap((id) => usable.filter((backend) => backend.id === id))[0] ?? usable[0];
  const instead = chosen?.id === wished ? undefined : backends.find(({ id }) => id === wished);
  update({
    backends,
    ...(chosen && { settings: { ...state.settings, backend: chosen.id } }),
    ...(chosen &&
      instead && { substitution: `${instead.name} does not work here: ${chosen.name} is used instead.` }),
  });
  openBackend();
}

function hear(news: News): void {
  if (news.of === 'backends') chooseBackend(news.backends);
  if (news.of === 'opened') update({ offer: news.offer });
  view.hear(news, state);
  if (news.of === 'finished' || news.of === 'stopped' || news.of === 'failed') update({ running: false });
}

function generate(): void {
  if (state.running) return;
  update({ running: true });
  const { settings } = state;
  view.begin(settings, state.backends.find(({ id }) => id === settings.backend)?.name ?? settings.backend);
  engine.generate({ ...settings, shift: 3 });
}

find(document, '#settings', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  generate();
});
find(document, '#stop', HTMLButtonElement).addEventListener('click', () => engine.stop());
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && state.running) engine.stop();
});
addEventListener('hashchange', () => change(readLink(location.hash, defaults)));

update({});
engine.look();
void loadModelFacts().then(update);
