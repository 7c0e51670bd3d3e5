/** Why a policy decided as it did. A tagged union: a report can group by `kind` and show the numbers. */
export type Reason =
  /** The policy never reuses anything here. */
  | { readonly kind: 'always-compute' }
  /** Nothing has been computed in this run and branch before. */
  | { readonly kind: 'first' }
  /** Before the first step at which the policy may reuse. */
  | { readonly kind: 'warm-up'; readonly until: number }
  /** From this step on everything is computed. */
  | { readonly kind: 'tail'; readonly from: number }
  /** The timestep lies outside the open interval in which the policy may reuse. */
  | {
      readonly kind: 'outside-window';
      readonly timestep: number;
      readonly low: number;
      readonly high: number;
    }
  /** A fixed rule over the step index says so. */
  | { readonly kind: 'schedule' }
  /** The indicator reached the threshold. */
  | { readonly kind: 'above-threshold'; readonly value: number; readonly threshold: number }
  /** The indicator is below the threshold. */
  | { readonly kind: 'below-threshold'; readonly value: number; readonly threshold: number }
  /** The entry was used as often in a row as allowed. */
  | { readonly kind: 'age-limit'; readonly age: number; readonly limit: number }
  /** A counter of the rule reached its limit. */
  | { readonly kind: 'limit'; readonly of: string; readonly value: number; readonly limit: number }
  /** The decision of another branch is followed. */
  | { readonly kind: 'follows'; readonly branch: string }
  /** A budget steers: how far the run is, and how far it should be. */
  | { readonly kind: 'target'; readonly value: number; readonly target: number }
  /** A rule in words, for what has no kind of its own. */
  | { readonly kind: 'rule'; readonly text: string }
  /** A number that the rule needs is missing or unusable, so it computes. */
  | {
      readonly kind: 'no-indicator';
      readonly because: 'no-reference' | 'shape-changed' | 'zero-reference' | 'not-finite';
    }
  /** The rule needs to look before it can decide. */
  | { readonly kind: 'look' }
  /** A recorded decision is replayed. */
  | { readonly kind: 'recorded' };
