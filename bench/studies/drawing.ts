/** A line of a chart: one value a step. */
export interface Line {
  readonly label: string;
  readonly values: readonly number[];
  readonly dashed?: boolean;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [720, 300, 56, 40, 16];
const COLOURS = ['#0b63ce', '#c2410c', '#15803d', '#7e22ce', '#a16207', '#0f766e'];

/**
 * Lines over steps on a logarithmic scale, as SVG that is readable on light and dark pages.
 *
 * @param title - what is shown, also for screen readers
 * @param axis - what the height means
 */
export function lineChart(title: string, axis: string, lines: readonly Line[]): string {
  const all = lines.flatMap(({ values }) => values).filter((value) => value > 0);
  const [low, high] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))];
  const steps = Math.max(...lines.map(({ values }) => values.length));
  const x = (step: number): number => LEFT + ((WIDTH - LEFT - 16) * step) / Math.max(1, steps - 1);
  const y = (value: number): number =>
    TOP + (HEIGHT - TOP - BOTTOM) * (1 - (Math.log10(value) - low) / Math.max(1, high - low));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return frame(title, HEIGHT + 22 * lines.length, [
    ...ticks.flatMap((tick) => [
      `<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${y(tick)}" y2="${y(tick)}" stroke="#8888" stroke-width="0.5"/>`,
      `<text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    ]),
    `<text x="${LEFT}" y="${HEIGHT - 8}">first step</text><text x="${WIDTH - 16}" y="${HEIGHT - 8}" text-anchor="end">last step</text>`,
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${axis}</text>`,
    ...lines.map((line, index) => polyline(line, COLOURS[index % COLOURS.length] ?? '', x, y)),
    ...lines.map(({ label, dashed }, index) =>
      legend(label, COLOURS[index % COLOURS.length] ?? '', index, dashed),
    ),
  ]);
}

function polyline(
  { values, dashed }: Line,
  colour: string,
  x: (step: number) => number,
  y: (value: number) => number,
): string {
  const points = values.map((value, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"${dashes(dashed)}/>`;
}

function legend(label: string, colour: string, index: number, dashed: boolean | undefined): string {
  const y = HEIGHT + 22 * index + 8;
  return (
    `<line x1="${LEFT}" x2="${LEFT + 28}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"${dashes(dashed)}/>` +
    `<text x="${LEFT + 36}" y="${y + 4}">${label}</text>`
  );
}

function dashes(dashed: boolean | undefined): string {
  return dashed ? ' stroke-dasharray="6 4"' : '';
}

/**
 * Rows of cells coloured by the logarithm of their values, as SVG.
 *
 * @param title - what is shown
 * @param rows - label and values of each
 */
export function heatMap(
  title: string,
  rows: readonly { readonly label: string; readonly values: readonly number[] }[],
): string {
  const logs = rows.flatMap(({ values }) => values.map(Math.log10)).filter(Number.isFinite);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const left = 212;
  const [cellHeight, steps] = [16, rows[0]?.values.length ?? 1];
  const cellWidth = (WIDTH - left - 8) / steps;
  const cells = rows.flatMap(({ label, values }, row) => [
    `<text x="${left - 6}" y="${TOP + row * cellHeight + 12}" text-anchor="end">${label}</text>`,
    ...values.map((value, step) => {
      const share = (Math.log10(value) - low) / Math.max(1e-9, high - low);
      const place = `x="${(left + step * cellWidth).toFixed(1)}" y="${TOP + row * cellHeight}"`;
      return `<rect ${place} width="${cellWidth.toFixed(1)}" height="${cellHeight}" fill="${colourOf(share)}"/>`;
    }),
  ]);
  const bottom = TOP + rows.length * cellHeight;
  const scale = `dark: ${(10 ** low).toFixed(3)}, light: ${(10 ** high).toFixed(3)}, logarithmic`;
  return frame(title, bottom + 28, [
    ...cells,
    `<text x="${left}" y="${bottom + 18}">first step</text><text x="${WIDTH - 8}" y="${bottom + 18}" text-anchor="end">last step</text>`,
    `<text x="${(left + WIDTH) / 2}" y="${bottom + 18}" text-anchor="middle">${scale}</text>`,
  ]);
}

/** Dark blue to light yellow, evenly in lightness. */
function colourOf(share: number): string {
  const at = Math.min(1, Math.max(0, share));
  return `hsl(${Math.round(250 - 200 * at)} 65% ${Math.round(18 + 68 * at)}%)`;
}

function frame(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}" font-family="sans-serif" font-size="12" fill="#777">`,
    `<title>${title}</title>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
