import {
  curve,
  decisionKey,
  decisionsOf,
  heatMap,
  html,
  logScale,
  numberIds,
  shortPolicyCode,
  stepAxis,
  thresholdOf,
  timelinesOf,
  type Markup,
} from '@refrain/charts';
import { parsePolicy } from '@refrain/core';
import type { ModelOffer, StepNews } from '../messages.ts';

/** Fixed, so that colours keep their meaning while the map grows and from one run to the next. */
const scale = logScale([0.01, 1], 0);

/** The timeline of decisions, the heat map, and the curve over it, on one axis of steps. */
export function charts({ report, heat }: StepNews, { stream }: ModelOffer): Markup {
  const { steps, policy } = report;
  const timelines = timelinesOf(report, stream);
  const threshold = thresholdOf(parsePolicy(policy));
  return html`<section aria-labelledby="decisions-title">
      <h3 id="decisions-title">Decisions</h3>
      <p>${shortPolicyCode(policy)}</p>
      ${decisionKey(timelines)} ${decisionsOf(timelines, steps)}
      <div class="chart">${stepAxis(steps)}</div>
    </section>
    <section aria-label="How much the model changes">
      ${heatMap(heat, steps, scale, 'Relative L1 of block outputs from one step to the next, in the plain run.')}
      ${curve(heat, steps, threshold, numberIds([]))}
    </section>`;
}
