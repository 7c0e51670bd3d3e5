import type { PlanePoint, SimulationReport } from '../simulation-report/report-data.ts';
import type { FigureRow } from './figures.ts';
import { replayReport, type ReplayReportOptions } from './replay-report.ts';
import { sensitivitiesOf, type TriedSet } from './sensitivity-of.ts';

/** What the page of a sweep or a tuning has beyond that of a replay. */
export interface SearchReportOptions extends ReplayReportOptions {
  readonly kicker: string;
  readonly tried: readonly TriedSet[];
  readonly front: readonly TriedSet[];
}

/** The page of a search among many policies, of which few are shown one by one. */
export function searchReport({ kicker, tried, front, ...options }: SearchReportOptions): SimulationReport {
  const report = replayReport(options);
  const [count, sets] = [report.facts, tried.length];
  return {
    ...report,
    kicker,
    facts: [...count, ['Parameter sets', String(sets)]],
    rows: report.rows.map(withIdealSpeed),
    tried: tried.flatMap(pointOf),
    front: front.flatMap(pointOf).toSorted((a, b) => a.speedup - b.speedup),
    sensitivities: sensitivitiesOf(tried),
    notices: report.notices.map((notice) =>
      notice.title === 'No costs.'
        ? {
            title: 'No costs.',
            text: 'A recording has no measured costs: speed-ups are ideal, as if all sites cost the same and nothing else cost anything. Give --costs.',
          }
        : notice,
    ),
  };
}

/** Without costs, a search goes by what would be saved if all sites cost the same. */
export function withIdealSpeed(row: FigureRow): FigureRow {
  const { speedup = null, reuseRate = null } = row.figures;
  if (speedup !== null || reuseRate === null) return row;
  return { ...row, figures: { ...row.figures, speedup: 1 / (1 - reuseRate) } };
}

function pointOf({ policy, speed, drift }: TriedSet): readonly PlanePoint[] {
  return drift === null ? [] : [{ policy, speedup: speed, drift }];
}

/**
 * A few of many, evenly chosen, the first and the last among them.
 *
 * @param count - at most so many
 */
export function someOf<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const places = Array.from({ length: count }, (_, index) =>
    Math.round((index * (items.length - 1)) / (count - 1)),
  );
  return places.flatMap((place) => items[place] ?? []);
}
