import type { DecisionRecord, RunReport } from '../../report/report.ts';
import type { ModuleKind } from '../../pass/site.ts';
import type { SmoothCacheOptions } from './smoothcache.ts';
import { readMeasure, stepAt, type ModuleMeasure } from './smoothcache-measures.ts';
import { smoothcacheSchedule } from './smoothcache-schedule.ts';

/** Which option holds the schedule of a kind of module. */
const OPTIONS = {
  'self-attention': 'self',
  'spatial-attention': 'spatial',
  'temporal-attention': 'temporal',
  'cross-attention': 'cross',
  mlp: 'mlp',
  other: 'default',
} as const satisfies Record<ModuleKind, keyof SmoothCacheOptions>;

/** Sums over the branches of one step. */
interface Change {
  numerator: number;
  magnitude: number;
}

/** The changes of the modules of one kind: by site, then by distance − 1 and the earlier of both steps. */
type Changes = Map<string, Map<string, Change>>;

/**
 * Makes schedules from the report of a run of {@link smoothcacheCalibration}: for each kind of module the errors are
 * averaged over its sites and scanned by {@link smoothcacheSchedule}. Branches count as one batch, as in the source; of
 * several calls in a step the first counts.
 *
 *     err_j(i) = Σ ‖out_i − out_{i+j}‖₁ / Σ ‖out_{i+j}‖₁   (sums over branches, in float32)
 *
 * @param report - of the calibration; steps that were left out allow no reuse
 * @param threshold - α: reuse while the error is at most this
 * @returns options for {@link smoothcache}
 *
 * @example
 * ```ts fragment needs a finished run
 * const policy = smoothcache(smoothcacheFrom(run.report(), 0.2));
 * ```
 */
export function smoothcacheFrom(
  { decisions, steps }: Pick<RunReport, 'decisions' | 'steps'>,
  threshold: number,
): Partial<SmoothCacheOptions> {
  const ran = new Set(decisions.map(({ step, branch }) => `${step} ${branch}`));
  const kinds = new Map<ModuleKind, Changes>();
  let lookahead = 0;
  for (const record of decisions)
    for (const { earlier, distance, measure, numerator, magnitude } of changesIn(record)) {
      if (!ran.has(`${earlier} ${record.branch}`)) continue;
      lookahead = Math.max(lookahead, distance);
      const change = changeOf(kinds, measure, `${distance} ${earlier}`);
      change.numerator += numerator;
      change.magnitude += magnitude;
    }
  const schedules = [...kinds].map(([kind, changes]) => {
    const errors = rowsOf([...changes.values()], lookahead, steps);
    return [OPTIONS[kind], smoothcacheSchedule({ errors, threshold, steps })] as const;
  });
  return Object.fromEntries(schedules);
}

/** The changes that a record has, each with the magnitude of the newer output. */
function* changesIn({ step, call, measured = {} }: DecisionRecord): Generator<{
  readonly earlier: number;
  readonly distance: number;
  readonly measure: ModuleMeasure;
  readonly numerator: number;
  readonly magnitude: number;
}> {
  if (call > 0) return;
  const all = Object.entries(measured).flatMap(([name, measurement]) => {
    const measure = readMeasure(name);
    return measure && measurement.kind === 'sums' ? [{ measure, numerator: measurement.numerator }] : [];
  });
  const magnitudes = new Map(
    all.flatMap(({ measure, numerator }) =>
      measure.of === 'magnitude' ? [[measure.site, numerator] as const] : [],
    ),
  );
  for (const { measure, numerator } of all) {
    if (measure.of === 'magnitude') continue;
    const earlier = stepAt(step, measure.of);
    const magnitude = magnitudes.get(measure.site) ?? Number.NaN;
    yield { earlier, distance: step - earlier, measure, numerator, magnitude };
  }
}

function changeOf(kinds: Map<ModuleKind, Changes>, { kind, site }: ModuleMeasure, key: string): Change {
  const changes = kinds.get(kind) ?? new Map<string, Map<string, Change>>();
  kinds.set(kind, changes);
  const own = changes.get(site) ?? new Map<string, Change>();
  changes.set(site, own);
  const change = own.get(key) ?? { numerator: 0, magnitude: 0 };
  own.set(key, change);
  return change;
}

/** Row j − 1: the mean error over all sites of using step i at step i + j. */
function rowsOf(
  sites: readonly ReadonlyMap<string, Change>[],
  lookahead: number,
  steps: number,
): readonly (readonly number[])[] {
  return Array.from({ length: lookahead }, (_, row) =>
    Array.from({ length: Math.max(0, steps - row - 1) }, (__, step) => {
      const errors = sites
        .map((changes) => errorOf(changes.get(`${row + 1} ${step}`)))
        .filter(Number.isFinite);
      return errors.reduce((sum, error) => sum + error, 0) / errors.length;
    }),
  );
}

/** In float32, as the source divides; NaN where there is nothing to divide. */
function errorOf(change: Change | undefined): number {
  if (!change) return Number.NaN;
  return Math.fround(Math.fround(change.numerator) / Math.fround(change.magnitude));
}
