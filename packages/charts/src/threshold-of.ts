import type { Policy } from '@refrain/core';
import type { Threshold } from './data.ts';

/** The line that a policy draws into the curve of mean change; none for most. */
export function thresholdOf({ id, criterion }: Policy): readonly Threshold[] {
  return criterion ? [{ policy: id, value: criterion.threshold, on: criterion.mean }] : [];
}
