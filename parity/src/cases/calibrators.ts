import { fixed, forecast, forecastWith, type ForecastOptions, type Policy } from '@refrain/core';
import { sameNumbers } from '../compare.ts';
import { gaps, integer, mask, numbers, optional, text } from '../fields.ts';
import { hasAll, type Case, type CaseKind, type Ran } from '../kind.ts';
import { CaseError } from '../read.ts';
import { readCase } from '../read-case.ts';
import { runCalls } from '../toy/run-calls.ts';
import { moduleBlock } from '../toy/toys.ts';

const SOURCE = 'vipshop/cache-dit f86744af';

/** Dynamic mode decomposition goes through singular values and powers of eigenvalues. */
const DMD_TOLERANCE = 1e-5;

/** FoCa's recursion reaches back through all values; the policy holds so many at most. */
const ALL = 64;

/** A feature of the toys has one element, so the propagator that is decomposed is a number. */
const dmdForecast = forecastWith({
  eigen(matrix) {
    const [[value = 0] = []] = matrix;
    if (matrix.length !== 1) throw new CaseError('expected a propagator of one element');
    return { real: [value], imaginary: [0], vectors: [[1]] };
  },
});

/**
 * A policy whose reuse is forecast.
 *
 * @param calibrator - `taylorseer order 1`, `foca` or `dmd`; empty for plain reuse
 * @param rule - from which step on derivatives are taken
 */
export function calibrated(
  calibrator: string,
  policy: Policy,
  rule: ForecastOptions['rule'] = 'cache-dit',
): Policy {
  if (calibrator === '') return policy;
  const order = Number(/\d+/.exec(calibrator)?.[0] ?? 1);
  if (/taylor/i.test(calibrator)) return forecast({ method: 'taylor', order, rule }, policy);
  if (/foca/i.test(calibrator)) return forecast({ method: 'foca', history: ALL }, policy);
  if (/dmd/i.test(calibrator)) return dmdForecast({ method: 'dmd', order }, policy);
  throw new CaseError(`calibrator: expected taylorseer, foca or dmd, got "${calibrator}"`);
}

/** Taylor polynomials. */
export const taylorCalibratorCases: CaseKind = calibratorCases('TaylorSeer', /taylor/i);

/** FoCa's recursion. */
export const focaCalibratorCases: CaseKind = calibratorCases('FoCa', /foca/i);

/** Dynamic mode decomposition. */
export const dmdCalibratorCases: CaseKind = calibratorCases('DMD', /dmd/i);

/** A series, computed at some steps and forecast at the others. */
function calibratorCases(method: string, hint: RegExp): CaseKind {
  return {
    name: `cache-dit ${method}`,
    source: SOURCE,
    recognises: ({ fields }) => hasAll(fields, 'y', 'result') && isSaid(fields['calibrator'], hint),
    hint,
    run: (given) => runSeries(given, method),
  };
}

/** False if the case names another calibrator. */
function isSaid(calibrator: unknown, hint: RegExp): boolean {
  return typeof calibrator !== 'string' || hint.test(calibrator);
}

async function runSeries(given: Case, method: string): Promise<Ran> {
  const { fields } = readCase(given, {
    config: {},
    fields: {
      y: numbers(),
      compute: mask(),
      result: gaps(),
      order: optional(integer()),
      calibrator: text(''),
    },
  });
  const policy = calibrated(`${method} order ${fields.order ?? 1}`, fixed({ mask: fields.compute }));
  const calls = await runCalls(policy, moduleBlock(['other'], fields.y), { timesteps: fields.y.length });
  const tolerance = method === 'DMD' ? DMD_TOLERANCE : undefined;
  return { policy: policy.id, checks: sameNumbers('result', fields.result, calls.out, tolerance) };
}
