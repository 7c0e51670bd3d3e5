import { html, type Markup } from '@refrain/charts';

const definitions: readonly (readonly [string, string])[] = [
  [
    'Site',
    'A place in the model whose computation can be skipped: a block, or an attention or MLP inside one.',
  ],
  [
    'Reuse rate',
    'Sites taken from the cache as a share of all sites that the steps passed, over all guidance branches.',
  ],
  [
    'Speed-up',
    'Seconds of the plain generation by seconds of the cached one, each pair timed one right after the other. The table shows the median.',
  ],
  [
    'Ideal speed-up',
    'What the measured cost of the skipped sites would give if measuring, storing and applying cost nothing. Its distance from the speed-up is what caching itself costs here.',
  ],
  [
    'PSNR',
    'Peak signal-to-noise ratio against the plain video of the same prompt and seed, in decibels; higher is closer. “Identical” means that no pixel differs. Means leave identical videos out, and say so.',
  ],
  [
    'SSIM',
    'Structural similarity with the plain video: 1 for the same picture, less where its structure differs.',
  ],
  [
    'Max diff.',
    'The largest difference of any single pixel value. The range is −1 to 1, so it is at most 2.',
  ],
  ['Held', 'The most bytes that cached values and the references of indicators took at any time.'],
  [
    'Indicators',
    'Measurements by which a policy decides. The share is of the seconds of the cached generation.',
  ],
  [
    'Relative L1',
    'The sum of absolute differences between a tensor at this step and at the step before, divided by the sum of absolute values at the step before.',
  ],
  [
    'U-shape',
    'In many video models relative L1 is large in the first steps (layout), small and flat in the middle, and rises again at the end (detail). Reuse costs least in the flat middle. Not every model has this shape: look at the curve.',
  ],
];

/** Terms and what they mean. */
export function definitionList(list: readonly (readonly [string, string])[]): Markup {
  return html`<dl>
    ${list.map(
      ([term, text]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${text}</dd>
        </div>`,
    )}
  </dl>`;
}

/** How to read the figures, and what they do not say. */
export function guide(): Markup {
  return html`<section id="reading" class="guide" aria-labelledby="reading-title">
    <h2 id="reading-title">How to read this</h2>
    ${definitionList(definitions)}
    <h3>What the figures do not say</h3>
    <ul>
      <li>
        PSNR and SSIM measure closeness to the plain video, not quality: a video can differ and be as good,
        and a visible flicker may cost little PSNR.
      </li>
      <li>
        A few prompts with one seed are a sample. Fast motion usually leaves less to reuse than a still scene.
      </li>
      <li>
        Speed-ups hold for this machine, runtime and model size; figures from different environments do not
        compare.
      </li>
      <li>
        The curve and the heat map show the plain run. With caching the model sees other inputs, so what a
        policy measured can differ from them.
      </li>
      <li>Policies have parameters. One that comes out behind may only have been set to be more careful.</li>
    </ul>
  </section>`;
}

/**
 * The command line that makes the comparison again.
 *
 * @param command - as typed in a shell
 */
export function reproduction(command: string | undefined): Markup {
  if (!command) return html``;
  return html`<section id="reproduce" aria-labelledby="reproduce-title">
    <h2 id="reproduce-title">Reproduce</h2>
    <pre tabindex="0" aria-label="Command line"><code>${command}</code></pre>
  </section>`;
}
