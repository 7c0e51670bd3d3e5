import { decibels, factor, html } from '@refrain/charts';
import { fill, find } from '../dom.ts';
import type { News, StepNews } from '../messages.ts';
import type { Settings } from '../settings/settings.ts';
import type { Control, State } from '../state.ts';
import { charts } from './charts.ts';
import { failureMessage } from './failure.ts';
import { figures } from './figures.ts';
import { isTold, progress, waiting } from './progress.ts';
import { runsTable, type FinishedRun } from './runs.ts';
import { videos } from './videos.ts';
import { seconds } from './words.ts';

/** Everything that a run shows. */
export interface Results extends Control {
  begin(settings: Settings, backend: string): void;
  hear(news: News, state: State): void;
}

/** The videos of latte-mini. */
const size = { channels: 3, frames: 8, height: 32, width: 32 };

/** Sets the results up; until the first run they are empty. */
export function results(root: ParentNode): Results {
  const part = (id: string): HTMLElement => find(root, `#${id}`, HTMLElement);
  const [live, bar, failure] = [part('live'), part('progress'), part('failure')];
  const [generate, stop] = [part('generate'), part('stop')];
  const pictures = videos(part('videos'), size);
  let run = { settings: undefined as Settings | undefined, backend: '', began: 0 };
  let last: StepNews | undefined;
  const runs: FinishedRun[] = [];

  function showStep(step: StepNews, { offer }: State): void {
    last = step;
    pictures.show(step);
    fill(part('figures'), figures(step));
    if (offer) drawCharts(part('charts'), charts(step, offer));
    const steps = step.report.steps;
    fill(bar, progress(step, steps, (performance.now() - run.began) / 1000));
    if (isTold(step.done, steps) && step.done < steps) live.textContent = `Step ${step.done} of ${steps}.`;
  }

  function finish(): void {
    if (!last || !run.settings) return;
    const { plain, cached, psnr } = last;
    live.textContent =
      `Finished. Plain ${seconds(plain.seconds)}, cached ${seconds(cached.seconds)}: ` +
      `speed-up ${factor(plain.seconds / cached.seconds)}, PSNR ${decibels(psnr)}.`;
    runs.unshift({ settings: run.settings, backend: run.backend, last });
    fill(part('runs'), runsTable(runs));
  }

  return {
    show({ running }) {
      generate.setAttribute('aria-disabled', String(running));
      if (!running && document.activeElement === stop) generate.focus();
      part('running').hidden = !running;
    },
    begin(settings, backend) {
      run = { settings, backend, began: performance.now() };
      last = undefined;
      failure.hidden = true;
      pictures.begin(settings.prompt, settings.steps);
      fill(bar, waiting('Preparing'));
      live.textContent = `Generating with ${backend}.`;
      bringIntoView(part('results'));
    },
    hear(news, state) {
      if (news.of === 'opening' && state.running) fill(bar, waiting('Loading the model'));
      if (news.of === 'opened') run.began = performance.now();
      if (news.of === 'step') showStep(news.step, state);
      if (news.of === 'finished') finish();
      if (news.of === 'stopped') live.textContent = `Stopped at step ${last?.done ?? 0}.`;
      if (news.of === 'failed') {
        failure.hidden = false;
        fill(failure, failureMessage(news.failure));
      }
      if (news.of === 'failed' || news.of === 'stopped') fill(bar, html``);
    },
  };
}

/** On a phone the results lie below all settings. */
function bringIntoView(element: HTMLElement): void {
  const { top } = element.getBoundingClientRect();
  if (top > innerHeight * 0.6) element.scrollIntoView();
}

/** Draws charts anew, with what the reader had unfolded still open. */
function drawCharts(element: HTMLElement, markup: ReturnType<typeof charts>): void {
  const wasOpen = [...element.querySelectorAll('details')].map(({ open }) => open);
  const focused = [...element.querySelectorAll('summary')].indexOf(document.activeElement as HTMLElement);
  fill(element, markup);
  element.querySelectorAll('details').forEach((details, index) => (details.open = wasOpen[index] ?? false));
  element.querySelectorAll('summary')[focused]?.focus({ preventScroll: true });
}
