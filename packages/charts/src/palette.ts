/** Colours of pages with charts, light and dark as the reader's system wants, and the gutter that charts share. */
export const palette: string = `
:root {
  color-scheme: light dark;
  --paper: #fff; --raised: #f5f6f7; --ink: #1a1e23; --quiet: #57606a; --line: #dcdfe3;
  --accent: #0b5a78; --on-accent: #fff; --pale: #d9e8ee; --notice: #fdf3d8; --notice-line: #d9b85a;
  --gutter: 192px; --edge: clamp(16px, 4vw, 40px);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121519; --raised: #1b2026; --ink: #e4e7eb; --quiet: #9ba5b0; --line: #2e353d;
    --accent: #79c4e0; --on-accent: #0d1a20; --pale: #1f3a46; --notice: #2e2812; --notice-line: #6d5b1f;
  }
}
`;
