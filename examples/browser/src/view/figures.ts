import { bytes, decibels, decimals, factor, html, percent, type Markup } from '@refrain/charts';
import type { StepNews } from '../messages.ts';
import { seconds } from './words.ts';

/** What the run came to so far, in numbers. */
export function figures({ plain, cached, report, psnr, ssim, compiling }: StepNews): Markup {
  const measuring = report.seconds.indicator / report.seconds.total;
  return html`<dl class="figures-list">
    ${figure('Speed-up', factor(plain.seconds / cached.seconds), `${seconds(plain.seconds)} : ${seconds(cached.seconds)}`, true)}
    ${figure('PSNR', decibels(psnr), `SSIM ${decimals(ssim, 4)}`, true)}
    ${figure('Reused', percent(report.reuseRate), 'of all sites')}
    ${figure('Held', bytes(report.bytes.peak), `now ${bytes(report.bytes.held)}`)}
    ${figure('Measuring', percent(measuring), 'of the cached time')}
    ${compiling > 0.05 && figure('Compiling', seconds(compiling), 'in no figure')}
  </dl>`;
}

function figure(term: string, value: string, note: string, large = false): Markup {
  return html`<div class="${large ? 'large' : ''}">
    <dt>${term}</dt>
    <dd>${value} <small>${note}</small></dd>
  </div>`;
}
