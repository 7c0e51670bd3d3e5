import {
  readRatio,
  type CacheForm,
  type Decision,
  type Entry,
  type Indicator,
  type Measurement,
  type Needs,
  type Observation,
  type Policy,
  type Position,
} from '@refrain/core';

/** What a scripted policy knows when it decides. */
export type ScriptState = {
  /** The newest ratio of each indicator that could be read. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Whether it has looked at the position where it stands. */
  readonly looked: boolean;
};

/** A policy for one test: it decides by the given function and writes down what it observed. */
export interface Scripted extends Policy<ScriptState> {
  readonly seen: Observation[];
}

/** Makes a policy from a function of the position. */
export function scripted(
  next: (at: Position, state: ScriptState) => Decision,
  needs: Partial<Needs> = {},
): Scripted {
  const seen: Observation[] = [];
  return {
    id: 'scripted',
    granularity: 'block',
    needs: { history: 1, ...needs },
    limits: () => ({ warmUp: 0, tail: 0 }),
    init: () => ({ ratios: {}, looked: false }),
    next: (state, at) => next(at, state),
    observe(state, observation) {
      seen.push(observation);
      const ratios = { ...state.ratios };
      for (const [name, measurement] of Object.entries(observation.measured)) {
        const reading = readRatio(measurement);
        if (reading.usable) ratios[name] = reading.value;
        else delete ratios[name];
      }
      return { ratios, looked: observation.did === 'measured' };
    },
    seen,
  };
}

const why = { kind: 'schedule' } as const;

/** Compute up to a position. */
export function computes(
  until: number,
  keep: readonly Entry[] = [],
  measure: readonly Indicator[] = [],
): Decision {
  return { do: 'compute', until, keep, measure, why };
}

/** Reuse up to a position. */
export function reuses(until: number, form: CacheForm, weights: readonly number[] = [1]): Decision {
  return { do: 'reuse', until, form, weights, why };
}

/** Look at the position. */
export function looks(...what: Indicator[]): Decision {
  return { do: 'measure', what, why };
}

/** An entry. */
export function entry(from: number, until: number, form: CacheForm): Entry {
  return { from, until, form };
}

/** An indicator of the stream at a position. */
export function streamAt(at: number, against: Indicator['against'], stride?: number): Indicator {
  return {
    name: `stream ${at} ${against}`,
    tap: { of: 'stream', at },
    against,
    ...(stride !== undefined && { stride }),
  };
}

/** The numerators that were measured under a name, in order; the kind where there are no sums. */
export function numerators(seen: readonly Observation[], name: string): (number | Measurement['kind'])[] {
  return seen.flatMap(({ measured }) => {
    const measurement = measured[name];
    if (!measurement) return [];
    return [measurement.kind === 'sums' ? measurement.numerator : measurement.kind];
  });
}
