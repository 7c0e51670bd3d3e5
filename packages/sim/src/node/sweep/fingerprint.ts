import { createHash, type Hash } from 'node:crypto';
import type { CostModel } from '../../cost/cost-model.ts';
import type { Recording } from '../../recording/recording.ts';

/** What decides about the results of a sweep. */
export interface SweepContents {
  /** Canonical ids. */
  readonly policies: readonly string[];
  readonly recordings: readonly Recording[];
  /** In the place of the recorded ones. */
  readonly costs?: CostModel;
}

/**
 * The same text for the same sweep, another one for another: SHA-256 over the policies, everything in the recordings, and
 * the costs.
 */
export function fingerprintOf({ policies, recordings, costs }: SweepContents): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ policies, costs }));
  for (const recording of recordings) addRecording(hash, recording);
  return hash.digest('hex');
}

function addRecording(hash: Hash, { lanes, ...description }: Recording): void {
  hash.update(JSON.stringify(description));
  for (const { branch, call, change, magnitude, ratios, products } of lanes) {
    hash.update(JSON.stringify({ branch, call }));
    for (const values of [change, magnitude, ratios, products]) {
      hash.update(`${values?.length ?? 'none'};`);
      if (values) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }
}
