/**
 * Colours for magnitudes, from dark indigo over teal to light yellow. Lightness in OKLab rises evenly, so the order shows
 * to readers who do not tell hues apart and on a black-and-white print.
 */

interface Anchor {
  readonly at: number;
  readonly chroma: number;
  /** Degrees. */
  readonly hue: number;
}

const darkest = 0.26;
const lightest = 0.94;

const anchors: readonly Anchor[] = [
  { at: 0, chroma: 0.09, hue: 285 },
  { at: 0.35, chroma: 0.09, hue: 240 },
  { at: 0.68, chroma: 0.11, hue: 168 },
  { at: 1, chroma: 0.14, hue: 104 },
];

/**
 * The colour of a magnitude as `#rrggbb`.
 *
 * @param share - 0 for the smallest, 1 for the largest; values outside end there
 */
export function colourAt(share: number): string {
  const at = Math.min(1, Math.max(0, share));
  const upper = anchors.findIndex((anchor) => anchor.at >= at);
  const high = anchors[upper] ?? { at: 1, chroma: 0, hue: 0 };
  const low = anchors[upper - 1] ?? high;
  const mix = high.at === low.at ? 0 : (at - low.at) / (high.at - low.at);
  const chroma = low.chroma + mix * (high.chroma - low.chroma);
  const hue = ((low.hue + mix * (high.hue - low.hue)) * Math.PI) / 180;
  return hex(darkest + at * (lightest - darkest), chroma * Math.cos(hue), chroma * Math.sin(hue));
}

/** The scale as stops of a CSS gradient. */
export function gradientStops(count = 12): string {
  return Array.from({ length: count }, (_, index) => colourAt(index / (count - 1))).join(', ');
}

/** OKLab to sRGB (matrices of Björn Ottosson's definition). */
function hex(lightness: number, a: number, b: number): string {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
  ];
  return `#${linear.map(channel).join('')}`;
}

function channel(linear: number): string {
  const encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  const level = Math.round(Math.min(1, Math.max(0, encoded)) * 255);
  return level.toString(16).padStart(2, '0');
}
