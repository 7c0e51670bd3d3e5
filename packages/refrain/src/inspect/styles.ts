/** Colours and type of the drawing. */
export const inspectionStyles: string = `
.stream svg { display: block; width: 100%; height: auto; }
.stream text { fill: var(--ink); font-size: 11px; }
.stream .name { font-size: 12px; font-weight: 600; }
.stream .figure { fill: var(--quiet); font-size: 10.5px; }
.stream .kind { font-size: 12px; font-weight: 600; fill: #10222b; }
.stream rect { stroke: var(--paper); stroke-width: 1; fill: var(--tint); }
.stream .tensor { stroke: var(--quiet); stroke-width: 1.5; }
.stream .family-0 { --tint: #8cc4dc; } .stream .family-1 { --tint: #e3b66b; } .stream .family-2 { --tint: #a9cf8e; }
.stream .family-3 { --tint: #c9a6dd; } .stream .family-4 { --tint: #e59a8f; } .stream .family-5 { --tint: #b8bfc7; }
.stream .mlp, .stream .other { fill-opacity: 0.55; }
.stream .mlp + .kind, .stream .other + .kind { fill: var(--ink); }
.key { margin-top: 8px; font-size: 14px; }
#families h3 { margin: 28px 0 10px; }
.cuts { list-style: decimal; padding-left: 28px; }
.cuts li { padding: 2px 0; }
`;
