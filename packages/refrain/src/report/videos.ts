import type { ComparisonRow } from '../compare/comparison.ts';
import { pictureSource } from './data-uri.ts';
import {
  decibels,
  factor,
  html,
  type Markup,
  plain,
  policyLabel,
  type PolicyNumbers,
  policyText,
} from '@refrain/charts';
import type { PromptReport, ReportVideo } from './report-data.ts';

/** Small videos are enlarged by a whole number up to about this width, so that every pixel stays a square. */
const targetWidth = 136;

/**
 * The videos of a prompt side by side: moving, or all frames as stills for readers who asked for no motion, for print,
 * and for close comparison.
 *
 * @param report - of one prompt
 * @param rows - of the comparison that belong to the prompt
 * @param numbers - of the policies
 */
export function videos(report: PromptReport, rows: readonly ComparisonRow[], numbers: PolicyNumbers): Markup {
  if (report.videos.length === 0) return html``;
  return html`<section class="videos">
    <div class="bar">
      <h3>Videos</h3>
      <button type="button" class="motion" hidden>Show all frames</button>
    </div>
    <ul>
      ${report.videos.map((video) => {
        const row = rows.find(({ policy }) => policy === video.policy);
        return html`<li>${card(video, row, report.prompt, numbers)}</li>`;
      })}
    </ul>
  </section>`;
}

function card(
  video: ReportVideo,
  row: ComparisonRow | undefined,
  prompt: string,
  numbers: PolicyNumbers,
): Markup {
  const name = policyText(video.policy, numbers);
  return html`<figure class="video" style="--width:${shownWidth(video.width)}px">
    ${moving(video, `Video of “${prompt}”, ${name}`)} ${stills(video, `All frames of “${prompt}”, ${name}`)}
    <figcaption>${policyLabel(video.policy, numbers)} ${measured(video.policy, row)}</figcaption>
  </figure>`;
}

function moving({ source, width, height }: ReportVideo, alt: string): Markup {
  const picture = pictureSource(source);
  if (!picture) return html`<p class="moving absent">No picture: not a GIF, WebP or PNG inside the page.</p>`;
  return html`<img class="moving" src="${picture}" width="${width}" height="${height}" alt="${alt}" />`;
}

function stills({ still }: ReportVideo, alt: string): Markup {
  const picture = pictureSource(still);
  if (!picture) return html`<p class="still absent">No stills: not a GIF, WebP or PNG inside the page.</p>`;
  return html`<img class="still" src="${picture}" alt="${alt}" />`;
}

function measured(policy: string, row: ComparisonRow | undefined): Markup {
  if (policy === plain) return html`<span class="figures">reference</span>`;
  if (!row) return html`<span class="figures">not measured</span>`;
  return html`<span class="figures">${factor(row.speedup)} · ${decibels(row.psnr)}</span>`;
}

function shownWidth(width: number): number {
  if (!(width >= 1 && width < 10_000)) return targetWidth;
  return width * Math.max(1, Math.floor(targetWidth / width));
}
