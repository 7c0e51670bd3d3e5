import { laneName, printTrace, type TraceSpan } from '../policy/baseline/trace.ts';
import type { RunReport } from './report.ts';

/**
 * The decisions of a run as text for {@link recorded}, which replays them.
 *
 * @param report - of a finished run
 */
export function traceOf(report: Pick<RunReport, 'decisions' | 'steps' | 'mask'>): string {
  const lanes: Record<string, TraceSpan[][]> = {};
  for (const lane of Object.keys(report.mask)) lanes[lane] = Array.from({ length: report.steps }, () => []);
  for (const { branch, call, step, until, did, form, weights } of report.decisions) {
    const spans = lanes[laneName(branch, call)]?.[step];
    if (!spans || did === 'measured') continue;
    const previous = spans.at(-1);
    if (did === 'reused')
      spans.push({ do: 'reuse', until, form: form ?? 'residual', weights: weights ?? [1] });
    else if (previous?.do === 'compute') spans[spans.length - 1] = { do: 'compute', until };
    else spans.push({ do: 'compute', until });
  }
  return printTrace(lanes);
}
