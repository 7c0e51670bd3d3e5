import { createHash } from 'node:crypto';
import { chartStyles, html, type Markup, trusted } from '@refrain/charts';
import { script } from './script.ts';
import { styles } from './styles.ts';
import { videoStyles } from './video-styles.ts';

// As one piece: the policy names the hash of every character between the tags.
const scriptElement = trusted(`<script>${script}</script>`);

/** The browser runs this script and no other, and loads nothing but pictures inside the page. */
const scriptHash = createHash('sha256').update(script).digest('base64');
const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'`;

/**
 * The frame around the content: a whole HTML document.
 *
 * @param title - of the window
 * @param content - of the body
 * @param moreStyles - beside those that all pages have
 */
export function page(title: string, content: Markup, moreStyles = ''): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${trusted(`<style>${styles}${videoStyles}${chartStyles}${moreStyles}</style>`)}
      </head>
      <body>
        ${content} ${scriptElement}
      </body>
    </html> `;
}
