import type { ModuleKind } from '../../pass/site.ts';

/** What an indicator of SmoothCache's calibration measures of a module. */
export interface ModuleMeasure {
  /** The magnitude of its output, or its change against the output that was remembered at one of several places. */
  readonly of: 'magnitude' | { readonly place: number; readonly lookahead: number };
  readonly kind: ModuleKind;
  /** Name of the inner site. */
  readonly site: string;
}

/** The name of an indicator: `2/3 mlp b0/mlp` compares with place 2 of 3. */
export function printMeasure({ of, kind, site }: ModuleMeasure): string {
  const what = of === 'magnitude' ? of : `${of.place}/${of.lookahead}`;
  return `${what} ${kind} ${site}`;
}

/** Reads what {@link printMeasure} prints; undefined for the names of other indicators. */
export function readMeasure(name: string): ModuleMeasure | undefined {
  const match = /^(?:magnitude|(\d+)\/(\d+)) (\S+) ([\s\S]+)$/.exec(name);
  const [, place, lookahead, kind, site] = match ?? [];
  if (kind === undefined || site === undefined) return undefined;
  const of =
    place === undefined ? ('magnitude' as const) : { place: Number(place), lookahead: Number(lookahead) };
  return { of, kind: kind as ModuleKind, site };
}

/**
 * The step whose output stands at a place when another step comes: the newest before it whose index leaves that place as
 * the remainder. Negative when there was none.
 *
 * @param step - that comes
 * @param of - the place
 */
export function stepAt(
  step: number,
  { place, lookahead }: Exclude<ModuleMeasure['of'], 'magnitude'>,
): number {
  const earlier = step - 1;
  return earlier - ((((earlier - place) % lookahead) + lookahead) % lookahead);
}
