import { palette } from '@refrain/charts';

/** Colours, text, header and table of the page. Videos and charts have their own sheets. */
export const styles: string = `
${palette}*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 16px; }
body {
  margin: 0 auto; padding: 0 var(--edge) 64px; max-width: calc(1120px + 2 * var(--edge));
  background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; margin: 0; font-weight: 650; }
h1 { font-size: clamp(26px, 5vw, 36px); letter-spacing: -0.015em; }
h2 { font-size: clamp(20px, 3.4vw, 25px); letter-spacing: -0.01em; margin-bottom: 20px; }
h3 { font-size: 17px; }
h4 { font-size: 15px; }
p { margin: 0; text-wrap: pretty; max-width: 76ch; }
ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
small, .quiet { color: var(--quiet); font-weight: 400; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.86em; }
.policy b { font-weight: 700; }
.name .policy { line-height: 1.4; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
button {
  font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 6px;
  padding: 4px 12px; cursor: pointer;
}
button:hover { border-color: var(--quiet); }
[hidden] { display: none !important; }

.top { padding-top: clamp(32px, 6vw, 64px); }
.kicker { color: var(--quiet); font-size: 14px; margin-bottom: 8px; }
.outcome { font-size: clamp(17px, 2.2vw, 20px); line-height: 1.5; margin-top: 16px; max-width: 62ch; }
.notice { margin-top: 20px; padding: 10px 14px; background: var(--notice); border: 1px solid var(--notice-line); border-radius: 6px; font-size: 15px; }
.facts { display: flex; flex-wrap: wrap; gap: 16px 36px; margin-top: 28px; padding-top: 20px; border-top: 1px solid var(--line); }
.facts dt { color: var(--quiet); font-size: 13px; }
.facts dd { font-variant-numeric: tabular-nums; }
.environment { margin-top: 16px; color: var(--quiet); font-size: 14px; max-width: none; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 24px; margin-top: 20px; font-size: 15px; }
main > section { margin-top: 64px; padding-top: 32px; border-top: 1px solid var(--line); }
main > section:first-child { margin-top: 40px; }

.scroll { overflow-x: auto; margin: 0 calc(-1 * var(--edge)); padding: 0 var(--edge); }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; }
caption { text-align: left; color: var(--quiet); padding-bottom: 8px; }
th, td { text-align: left; vertical-align: baseline; padding: 9px 0 9px 18px; border-top: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
th:first-child { padding-left: 0; white-space: normal; min-width: 200px; max-width: 300px; }
thead th { color: var(--quiet); font-size: 13px; border-top: 0; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
tbody:first-of-type .overall > * { border-top: 0; }
table { border-bottom: 1px solid var(--ink); }
.figure:is(th, td) { text-align: right; font-variant-numeric: tabular-nums; }
td small { display: block; font-size: 12px; }
.single > * { border-top: 0; padding-top: 1px; padding-bottom: 6px; color: var(--quiet); font-size: 13.5px; }
.single th:first-child { padding-left: 48px; max-width: 380px; }
.js tbody:not(.open) .single { display: none; }
.sort { border: 0; padding: 0; color: inherit; border-radius: 0; }
.sort:hover { color: var(--ink); text-decoration: underline; text-underline-offset: 0.2em; }
[aria-sort] { color: var(--ink); }
[aria-sort="descending"] .sort::after { content: " ↓"; }
[aria-sort="ascending"] .sort::after { content: " ↑"; }
.toggle { border: 0; padding: 0; width: 20px; height: 20px; margin: 0 -4px 0 -6px; line-height: 1; flex: none; color: var(--quiet); }
.toggle::before { content: ""; display: inline-block; border: solid transparent; border-width: 4px 0 4px 6px; border-left-color: currentColor; }
.open .toggle::before { transform: rotate(90deg); }
.number {
  display: inline-block; flex: none; white-space: nowrap; min-width: 1.5em; padding: 0 0.35em; border-radius: 0.75em; background: var(--pale); color: var(--ink);
  font: 600 12px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; text-align: center; vertical-align: 0.06em;
}
.name { display: flex; align-items: baseline; gap: 8px; }
.name > div { min-width: 0; }
.tag { display: inline-block; font-size: 12px; line-height: 1.5; padding: 0 8px; border-radius: 4px; background: var(--accent); color: var(--on-accent); white-space: nowrap; }
.warned { font-size: 13px; white-space: nowrap; }
.warnings { margin-top: 28px; font-size: 15px; }
.warnings > ul { margin-top: 8px; display: grid; gap: 12px; }
.warnings ul ul { margin-top: 4px; padding-left: 30px; }
.warnings li:target { background: var(--raised); outline: 8px solid var(--raised); }

.prompt > section { margin-top: 36px; }
.prompt h2 .quiet { display: block; font-size: 14px; letter-spacing: 0; }
.guide dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px 48px; }
.guide dt { font-weight: 650; }
.guide dd { color: var(--quiet); max-width: 62ch; }
.guide h3 { margin: 32px 0 8px; }
.guide ul { list-style: disc; padding-left: 1.2em; }
.guide li { margin-top: 6px; max-width: 76ch; }
pre { margin: 0; padding: 14px 16px; background: var(--raised); border-radius: 6px; overflow-x: auto; }
pre code { font-size: 14px; }

@media (max-width: 640px) {
  :root { --gutter: 66px; }
  main > section { margin-top: 48px; padding-top: 28px; }
  .facts { gap: 12px 28px; }
  th:first-child { position: sticky; left: 0; z-index: 1; background: var(--paper); min-width: 178px; max-width: 190px; padding-left: var(--edge); }
  .scroll { padding-left: 0; }
  caption { padding-left: var(--edge); }
  .single th:first-child { padding-left: calc(var(--edge) + 26px); }
}
@media print {
  body { font-size: 10.5pt; max-width: none; padding: 0; }
  nav, .motion, .toggle { display: none; }
  th, td { padding: 5px 0 5px 9px; }
  table { font-size: 8.5pt; }
  .single > * { font-size: 8pt; }
  th:first-child { min-width: 0; }
  .scroll { overflow: visible; }
  figure, tr, .guide dl > div { break-inside: avoid; }
  main > section { margin-top: 24px; padding-top: 16px; }
}
`;
