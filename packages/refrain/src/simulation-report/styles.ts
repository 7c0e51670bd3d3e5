/** What the page about simulated policies has beyond the page of a comparison. */
export const simulationStyles: string = `
.cloud { fill: none; stroke: var(--quiet); stroke-width: 3.5; stroke-linecap: round; opacity: 0.45; }
.front { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round; }
.warning { display: block; color: var(--quiet); font-size: 12.5px; max-width: 44ch; }
.parameters > p { color: var(--quiet); }
.parameters details { margin: 0; padding: 12px 0; border-top: 1px solid var(--line); font-size: inherit; color: inherit; }
.parameters details:first-of-type { margin-top: 20px; }
.parameters details:last-of-type { border-bottom: 1px solid var(--line); }
.parameters summary h3 { display: inline; margin-right: 10px; }
.parameters summary .quiet { font-size: 14px; }
.effect { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 40px; margin-top: 20px; }
.effect figcaption { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 16px; margin-bottom: 8px; font-size: 13px; }
.effect h4 { font-weight: 400; }
.levels { --height: 110px; --gutter: 56px; }
.levels .axis span { white-space: nowrap; font-size: 11.5px; }
.middle { fill: none; stroke: var(--accent); stroke-width: 2.5; }
@media (max-width: 640px) {
  .effect { grid-template-columns: minmax(0, 1fr); }
}
`;
