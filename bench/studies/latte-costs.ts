import { readFileSync, writeFileSync } from 'node:fs';
import type { CostModel } from '@refrain/sim';

const FILE = new URL('latte-mini-costs.json', import.meta.url);

/** What the parts of latte-mini cost, as `measured-costs.ts` found on a quiet machine: so studies can run on a busy one. */
export function latteCosts(): CostModel {
  return JSON.parse(readFileSync(FILE, 'utf8')) as CostModel;
}

/** Keeps costs for the studies, to the nanosecond. */
export function saveLatteCosts(costs: CostModel): void {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toFixed(9)) : value;
  writeFileSync(FILE, `${JSON.stringify(costs, rounded, 2)}\n`);
}
