import type { Indicator } from '../../indicator/indicator.ts';

/** The name of {@link frontResidual}. */
export const FRONT_RESIDUAL = 'residual of the front blocks';

/**
 * The relative L1 change of what the front blocks add to the stream: the residual 0 → `until`.
 *
 * @param until - where the front blocks end
 * @param against - which residual it is compared with
 * @param stride - 1 measures the whole feature
 */
export function frontResidual(until: number, against: Indicator['against'], stride: number): Indicator {
  const tap = { of: 'residual', from: 0, until } as const;
  const name = FRONT_RESIDUAL;
  return stride > 1 ? { name, tap, against, stride } : { name, tap, against };
}
