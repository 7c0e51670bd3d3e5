import { definitionList } from '../report/guide.ts';
import { html, type Markup } from '@refrain/charts';
import type { FigureName } from '../simulation/figures.ts';
import type { SimulationReport } from './report-data.ts';

type Definition = readonly [string, string];

const always: readonly Definition[] = [
  [
    'Reuse',
    'Sites taken from the cache as a share of all sites that the steps passed, over all guidance branches.',
  ],
  [
    'Speed-up',
    'Seconds of the plain run by seconds of the cached one, as the costs predict: what is computed, put back, kept and measured.',
  ],
  [
    'Held',
    'The most bytes that cached values and the references of indicators take at any time. A feature that is both is counted twice.',
  ],
  [
    'Relative L1',
    'The sum of absolute differences between a tensor at this step and at the step before, divided by the sum of absolute values at the step before.',
  ],
  [
    'U-shape',
    'In many video models relative L1 is large in the first steps (layout), small and flat in the middle, and rises again at the end (detail). Not every model has this shape: look at the curve.',
  ],
  [
    'Pareto front',
    'Policies for which no other is both faster and closer to the plain run. A choice outside it gives something away.',
  ],
];

const drifts: Readonly<Record<SimulationReport['evidence'], Definition>> = {
  predicted: [
    'Drift',
    'The relative error of the finished latent that a replay predicts: the error of each reuse in the recorded run, weighted with the share of the step, added up. To first order; errors that cancel or grow on their way are not seen.',
  ],
  simulated: [
    'Drift',
    'The difference between the finished samples of the cached and the plain run, relative to the plain one (L2), as it came out of the closed loop.',
  ],
  confirmed: [
    'Drift',
    'Predicted: the relative error of the finished latent, to first order. Measured: the difference between the finished latents of the cached and the plain generation, relative to the plain one (L2, and L1 beside it).',
  ],
};

const columnDefinitions: Readonly<Partial<Record<FigureName, Definition>>> = {
  bound: [
    'Bound',
    'What the drift cannot exceed: the error of each reuse, carried to the end of the run by the Lipschitz constants of the model and the sampler. It is proven, and therefore careful.',
  ],
  predictedDrift: [
    'Replayed',
    'What a replay of the plain run predicts for the drift: as for recordings of models whose closed loop is expensive.',
  ],
  psnr: [
    'PSNR',
    'Peak signal-to-noise ratio against the plain video of the same prompt and seed, in decibels; higher is closer.',
  ],
};

const limits: Readonly<Record<SimulationReport['evidence'], readonly string[]>> = {
  predicted: [
    'A replay is open loop: it sees the changes of the uncached run also after something was reused. The more a policy reuses, the further the real run can be from it. Confirm a choice on the model.',
    'Drift measures closeness to the plain run, not quality: a video can differ and be as good.',
    'Costs hold for the machine and model that they were measured on, or published for.',
  ],
  simulated: [
    'The synthetic model has the shape of a published one, not its contents: which policy wins on it says what that shape does, and not what the published model would do.',
    'The costs are of the published model, where one is named; the seconds of the synthetic one mean nothing.',
  ],
  confirmed: [
    'A few prompts with one seed are a sample.',
    'Measured speed-ups hold for this machine, and suffer from other work on it; predictions do not.',
    'Drift measures closeness to the plain run, not quality: a video can differ and be as good.',
  ],
};

/** How to read the figures, and what they do not say. */
export function guide({ evidence, columns, sensitivities }: SimulationReport): Markup {
  const shown = columns.flatMap((name) => {
    const definition = columnDefinitions[name];
    return definition ? [definition] : [];
  });
  const rank: readonly Definition[] =
    sensitivities.length === 0
      ? []
      : [
          [
            'Rank correlation',
            'From −1 to 1: how surely a larger value of a parameter goes with a larger speed-up or drift, over all sets that were tried (Spearman).',
          ],
        ];
  return html`<section id="reading" class="guide" aria-labelledby="reading-title">
    <h2 id="reading-title">How to read this</h2>
    ${definitionList([...always, drifts[evidence], ...shown, ...rank])}
    <h3>What the figures do not say</h3>
    <ul>
      ${limits[evidence].map((text) => html`<li>${text}</li>`)}
    </ul>
  </section>`;
}
