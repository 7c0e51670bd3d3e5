/**
 * Charts. Drawings stretch with the page while their text is HTML at fixed places, so that letters keep their size on a
 * phone; all charts over steps share the gutter and with it the axis.
 */
export const chartStyles: string = `
.chart { display: grid; grid-template-columns: var(--gutter) minmax(0, 1fr); forced-color-adjust: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.plot { position: relative; height: var(--height, 220px); }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.labels { position: relative; font-size: 12px; line-height: 1.2; color: var(--quiet); }
.labels span {
  position: absolute; right: 10px; transform: translateY(-50%); max-width: calc(100% - 10px);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums;
}
.labels i { font-style: normal; }
.labels .short { display: none; }
.axis, .axis-title { grid-column: 2; font-size: 12px; color: var(--quiet); }
.axis { position: relative; height: 20px; margin-top: 5px; font-variant-numeric: tabular-nums; }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis-title { text-align: center; line-height: 1.3; }
.chart path { vector-effect: non-scaling-stroke; }
.hit { fill: transparent; }
.hit:hover { fill: color-mix(in srgb, var(--ink) 9%, transparent); }

.changes figure, .scatter { margin-top: 20px; }
.changes figure + figure { margin-top: 32px; }
figcaption > p, .decisions > p { color: var(--quiet); font-size: 14px; margin-top: 2px; }
figcaption { margin-bottom: 12px; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }

.band { fill: color-mix(in srgb, var(--accent) 22%, transparent); stroke: none; }
.series, .threshold { fill: none; stroke-width: 2; stroke: var(--accent); stroke-linejoin: round; }
.series.modulated { stroke: var(--quiet); stroke-width: 1.5; }
.threshold { stroke-width: 1.25; stroke-dasharray: 9 4; }
.threshold.modulated { stroke: var(--quiet); stroke-dasharray: 2 3; }
.dots { fill: none; stroke: var(--accent); stroke-width: 6; stroke-linecap: round; }
.dots.modulated { stroke: var(--quiet); stroke-width: 6; }
.dots.hole { stroke: var(--paper); stroke-width: 3; }
.threshold-label {
  position: absolute; transform: translate(-50%, -50%); padding: 0 5px; background: var(--paper); font-size: 12px; line-height: 1.4;
  white-space: nowrap; font-variant-numeric: tabular-nums; border-radius: 4px;
}
.series-key { display: flex; flex-wrap: wrap; gap: 2px 20px; margin-top: 8px; font-size: 13px; color: var(--quiet); }
.series-key svg { display: inline-block; vertical-align: -1px; margin-right: 4px; overflow: visible; }

.heat { background: repeating-linear-gradient(135deg, var(--line) 0 1px, var(--raised) 1px 6px); }
.labels.blocks { font-size: 11.5px; }
.heat path { shape-rendering: crispEdges; }
.heat path:hover { stroke: var(--ink); stroke-width: 2; }
.legend { width: min(100%, 320px); margin-top: 10px; font-size: 12px; color: var(--quiet); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.ramp { height: 10px; border-radius: 2px; }
.ramp-ticks { position: relative; height: 18px; font-variant-numeric: tabular-nums; }
.ramp-ticks span { position: absolute; transform: translateX(-50%); top: 2px; white-space: nowrap; }
.ramp-ticks span::before { content: ""; position: absolute; left: 50%; top: -3px; height: 4px; border-left: 1px solid var(--quiet); }

.computed, .pale, .held { shape-rendering: crispEdges; }
.computed { fill: var(--accent); }
.pale { fill: var(--pale); }
.held { fill: var(--accent); }
.decision { margin-top: 18px; }
.decision figcaption { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 16px; margin-bottom: 5px; }
.decision h4 { font-weight: 400; font-size: 14px; }
.decision .figures { color: var(--quiet); font-size: 13px; font-variant-numeric: tabular-nums; }
details { margin: 3px 0 0 var(--gutter); font-size: 13px; color: var(--quiet); }
details .strip { margin-left: calc(-1 * var(--gutter)); }
summary { cursor: pointer; width: fit-content; padding: 2px 0; }
summary:hover { color: var(--ink); }
.branch { margin: 8px 0 4px; color: var(--ink); }
.reasons { display: grid; gap: 1px; }
.reasons li { display: grid; grid-template-columns: 6ch minmax(0, 1fr); gap: 12px; }
.reasons .at { text-align: right; color: var(--ink); font-variant-numeric: tabular-nums; }

.scatter .chart { align-content: start; }
.beside { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 40px; }
.scatter { --height: 270px; --gutter: 64px; margin-top: 40px; }
.key { font-size: 13.5px; display: grid; gap: 7px; align-content: center; }
.gap { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 2; fill: none; }
.mark, .ideal { position: absolute; transform: translate(-50%, -50%); }
.mark { background: var(--accent); color: var(--on-accent); box-shadow: 0 0 0 2px var(--paper); white-space: nowrap; }
.ideal { width: 11px; height: 11px; border: 1.5px solid var(--accent); border-radius: 50%; background: var(--paper); }

.note {
  position: fixed; z-index: 10; max-width: min(340px, calc(100vw - 16px)); padding: 5px 9px; border-radius: 5px; pointer-events: none;
  background: var(--ink); color: var(--paper); font-size: 13px; line-height: 1.4; font-variant-numeric: tabular-nums;
}
@media (max-width: 640px) {
  .labels .long { display: none; }
  .labels .short { display: inline; }
  .labels span { right: 7px; font-size: 11.5px; }
  .beside { grid-template-columns: minmax(0, 1fr); gap: 20px; }
  details { margin-left: 0; }
  details .strip { margin-left: 0; }
}
@media (prefers-reduced-motion: no-preference) { .toggle::before { transition: transform 120ms; } }
`;
