/** Below a scope, all frames as stills take the place of the moving videos, one video a row. */
function stills(scope: string): string {
  return `
${scope} .moving { display: none; }
${scope} .still { display: block; }
${scope} .videos ul { grid-template-columns: minmax(0, 1fr); gap: 10px; }
${scope} .video { display: grid; grid-template-columns: minmax(0, 240px) minmax(0, 840px); gap: 4px 20px; align-items: center; }
${scope} .video figcaption { order: -1; margin: 0; }`;
}

/** Videos: moving at first; stills on demand, on paper, and for readers who asked their system for no motion. */
export const videoStyles: string = `
.bar { display: flex; align-items: center; justify-content: space-between; gap: 12px; min-height: 36px; margin-bottom: 12px; }
.motion { font-size: 14px; }
.videos ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(128px, 1fr)); gap: 20px 10px; }
.videos img { display: block; image-rendering: pixelated; border-radius: 3px; background: var(--raised); }
.videos img.moving { width: var(--width); max-width: 100%; height: auto; }
.videos .still { display: none; }
.videos img.still { width: 100%; height: auto; }
.video figcaption { margin: 8px 0 0; font-size: 13px; line-height: 1.4; }
.video .figures { display: block; color: var(--quiet); font-variant-numeric: tabular-nums; }
.absent { font-size: 13px; color: var(--quiet); padding: 12px; background: var(--raised); border-radius: 3px; }
@media (max-width: 640px) {
  .videos ul { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .videos img.moving { width: 100%; }
}
${stills(':root[data-motion="still"]')}
@media (prefers-reduced-motion: reduce) {${stills(':root:not([data-motion])')}
}
@media print {${stills(':root:root')}
}
@media screen and (max-width: 640px) {
  :root:root .video { grid-template-columns: minmax(0, 1fr); }
}
`;
