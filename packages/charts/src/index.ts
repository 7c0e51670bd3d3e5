export type { HeatMap, Threshold, Timeline, TimelineSite } from './data.ts';
export { heatMapOf } from './heat-map-of.ts';
export { timelinesOf } from './timelines-of.ts';
export { thresholdOf } from './threshold-of.ts';

export { heatMap, heatScale } from './heat-map.ts';
export { curve } from './curve.ts';
export { decisionKey, decisions, decisionsOf, type DecisionFigures } from './decisions.ts';
export { happened, strip } from './timeline.ts';
export { position, stepAxis, stepTooltips } from './axis.ts';
export { bandsOf, heightOf, type Band } from './bands.ts';
export { modulatedMean, outputMean, outputQuantile, usable, type Series } from './change.ts';
export { colourAt, gradientStops } from './colour-scale.ts';
export { linearScale, logScale, stepTicks, type Scale } from './scales.ts';

export { escapeText, html, Markup, trusted, type Insert } from './markup.ts';
export { chartStyles } from './chart-styles.ts';
export { palette } from './palette.ts';
export {
  bytes,
  counted,
  decibels,
  decimals,
  factor,
  moment,
  percent,
  ranges,
  significant,
} from './format.ts';
export {
  badge,
  numberIds,
  plain,
  policyCode,
  policyLabel,
  policyText,
  shortPolicyCode,
  type PolicyNumbers,
} from './policy-label.ts';
export { harmonicMean, largest, mean, median, quantile } from './statistics.ts';
