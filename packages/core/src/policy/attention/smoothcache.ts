import type { ModuleKind } from '../../pass/site.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { textOption, type OptionSpec } from '../options.ts';
import type { Limits, Misfit, RunShape } from '../policy.ts';
import { compute, reuse } from '../span.ts';

/**
 * Options of {@link smoothcache}: one schedule for each kind of module, a digit a step, 1 computes and 0 reuses. An empty
 * text leaves the kind to `default`; steps after the end of a schedule are computed.
 */
export interface SmoothCacheOptions {
  /** For kinds without a schedule of their own. */
  readonly default: string;
  /** Self-attention over all tokens. */
  readonly self: string;
  /** Spatial attention. */
  readonly spatial: string;
  /** Temporal attention. */
  readonly temporal: string;
  /** Cross-attention. */
  readonly cross: string;
  /** MLPs. */
  readonly mlp: string;
}

/** What SmoothCache remembers: the schedule of every site. */
export type SmoothCacheState = { readonly schedules: readonly string[] };

/**
 * SmoothCache (Roblox/SmoothCache, commit edeb4ed; arXiv 2411.10510): a static schedule for each kind of module, made by
 * one calibration. Outputs are kept before their gate and used at the steps that the schedule skips.
 *
 *     reuse(s) ⇔ schedule(kind)[s] = 0
 *
 * Schedules come from {@link smoothcacheSchedule}, or from a run of {@link smoothcacheCalibration} through
 * {@link smoothcacheFrom}. They belong to a model, a sampler and a number of steps. The source counts the calls of every
 * module and never starts anew, so that a second generation computes everything; here the step is an argument.
 *
 * @example
 * ```ts
 * smoothcache({ self: '1010010101', cross: '1000100001', mlp: '1101101101' });
 * ```
 */
export const smoothcache: PolicyFactory<SmoothCacheOptions, SmoothCacheState> = definePolicy<
  SmoothCacheOptions,
  SmoothCacheState
>({
  name: 'smoothcache',
  about: 'computes and reuses each kind of module by a calibrated schedule (SmoothCache)',
  options: {
    default: scheduleOption('kinds without a schedule of their own'),
    self: scheduleOption('self-attention over all tokens'),
    spatial: scheduleOption('spatial attention'),
    temporal: scheduleOption('temporal attention'),
    cross: scheduleOption('cross-attention'),
    mlp: scheduleOption('MLPs'),
  },
  rule: (options) => ({
    granularity: 'attention',
    needs: { inner: 'any', history: 1 },
    limits: (run) => limitsOf(run, options),
    fit: (run) => misfits(run, options),
    init: (run) => ({ schedules: run.stream.inner.map(({ kind }) => scheduleOf(kind, options)) }),
    next: ({ schedules }, { site, step }) => {
      const schedule = schedules[site] ?? '';
      const why = schedule === '' ? ({ kind: 'always-compute' } as const) : ({ kind: 'schedule' } as const);
      if (schedule[step] === '0') return reuse(site + 1, 'value', why);
      const entry = { from: site, until: site + 1, form: 'value' } as const;
      return compute(site + 1, why, schedule[step + 1] === '0' ? [entry] : []);
    },
    observe: (state) => state,
  }),
});

function scheduleOption(of: string): OptionSpec<string> {
  return textOption(
    `schedule of ${of}: one digit a step, 1 computes and 0 reuses`,
    '',
    /^(1[01]*)?$/,
    'digits 0 and 1 that start with 1, or nothing',
  );
}

function scheduleOf(kind: ModuleKind, options: SmoothCacheOptions): string {
  const own = {
    'self-attention': options.self,
    'spatial-attention': options.spatial,
    'temporal-attention': options.temporal,
    'cross-attention': options.cross,
    mlp: options.mlp,
    other: '',
  }[kind];
  return own === '' ? options.default : own;
}

/** The schedules that some site of the run has. */
function schedulesIn({ stream }: RunShape, options: SmoothCacheOptions): readonly string[] {
  const all = new Set(stream.inner.map(({ kind }) => scheduleOf(kind, options)));
  return [...all].filter((schedule) => schedule !== '');
}

function limitsOf(run: RunShape, options: SmoothCacheOptions): Limits {
  const { steps } = run;
  const used = schedulesIn(run, options).map((schedule) => schedule.slice(0, steps));
  const firstZeros = used.map((schedule) => schedule.indexOf('0')).filter((index) => index >= 0);
  const lastZero = Math.max(-1, ...used.map((schedule) => schedule.lastIndexOf('0')));
  return {
    warmUp: Math.min(steps, ...firstZeros),
    tail: steps - 1 - lastZero,
    maxAge: Math.max(0, ...used.flatMap((schedule) => schedule.split('1').map(({ length }) => length))),
  };
}

function misfits(run: RunShape, options: SmoothCacheOptions): readonly Misfit[] {
  const used = schedulesIn(run, options);
  if (used.length === 0)
    return [
      {
        severity: 'warning',
        code: 'uncalibrated',
        message:
          'no kind of module of this model has a schedule, so everything is computed: make one with ' +
          'smoothcache-calibration, or give default=1010…',
      },
    ];
  const other = used.find(({ length }) => length !== run.steps);
  if (other === undefined) return [];
  const message =
    `a schedule is for ${other.length} steps and this run has ${run.steps}: ` +
    'steps after its end are computed; calibrate for this number of steps';
  return [{ severity: 'warning', code: 'other-steps', message }];
}
