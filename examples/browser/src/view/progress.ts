import { html, type Markup } from '@refrain/charts';
import type { StepNews } from '../messages.ts';
import { seconds } from './words.ts';

/** How far a run is, with an estimate of the time left once there is something to judge by. */
export function progress({ done }: Pick<StepNews, 'done'>, steps: number, elapsed: number): Markup {
  const left = done > 1 && done < steps ? `, about ${seconds((elapsed / done) * (steps - done))} left` : '';
  return html`<label for="progress-bar">Step ${done} of ${steps}<span class="quiet">${left}</span></label>
    <progress id="progress-bar" value="${done}" max="${steps}"></progress>`;
}

/** What goes on before the first step. */
export function waiting(what: string): Markup {
  return html`<label for="progress-bar">${what}</label> <progress id="progress-bar"></progress>`;
}

/** Steps at which a screen reader hears of the run: each quarter of it. */
export function isTold(done: number, steps: number): boolean {
  const quarter = (step: number): number => Math.floor((step * 4) / steps);
  return quarter(done) > quarter(done - 1);
}
