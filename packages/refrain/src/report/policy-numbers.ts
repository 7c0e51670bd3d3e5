import { numberIds, type PolicyNumbers } from '@refrain/charts';
import type { ReportData } from './report-data.ts';

/**
 * Numbers all policies of a report from 1: those of the table first, then those that only pictures or timelines have.
 *
 * @param data - of the whole report
 */
export function numberPolicies(data: ReportData): PolicyNumbers {
  const pictured = data.prompts.flatMap(({ timelines, videos }) => [...timelines, ...videos]);
  const all = [...data.comparison.rows, ...pictured, ...data.thresholds].map(({ policy }) => policy);
  return numberIds(all);
}
