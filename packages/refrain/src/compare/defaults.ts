/** The prompts of `npm start`: a still, a slow and a fast one. */
export const defaultPrompts: readonly string[] = [
  'large red circle static black',
  'medium green square grow slow white',
  'large cyan circle bounce fast black',
];

/**
 * The policies of `npm start`, with parameters found by measuring on latte-mini (see docs/defaults.md). They are not
 * recommendations for other models.
 */
export const defaultPolicies: readonly string[] = [
  'never',
  'bwcache(threshold=0.15,interval=1,stride=61)',
  'bwcache(threshold=0.05,interval=10%,form=paper,stride=61)',
  'teacache(threshold=0.08,stride=61)',
  'fora(interval=2)',
  'pab(spatial=2,temporal=2,cross=2,low=300,high=995)',
];
