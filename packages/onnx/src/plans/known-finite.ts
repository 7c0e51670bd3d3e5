import type { OnnxFeature } from '../feature/feature.ts';

const known = new WeakSet<OnnxFeature>();

/** Remembers that a feature was found to be finite while it was made, so that nobody has to look again. */
export function knownFinite<Feature extends OnnxFeature>(feature: Feature): Feature {
  known.add(feature);
  return feature;
}

/** Whether that was found. */
export function isKnownFinite(feature: OnnxFeature): boolean {
  return known.has(feature);
}
