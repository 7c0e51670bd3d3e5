import type { Pass, Stream } from '@refrain/core';
import type { FeatureShelf } from './feature-shelf.ts';
import { inPass, timed, type Workshop } from './workshop.ts';

/** Seconds of one site. */
export interface SiteSeconds {
  /** Run as a span of its own. */
  readonly whole: number;
  /** The same with its value given, so that it is only applied; 0 where there is no inner site. */
  readonly applied: number;
}

/** The smallest spans that a runner takes: inner sites where it has them, else blocks. */
export function smallestSites({
  blocks,
  inner,
}: Stream): readonly { readonly from: number; readonly until: number }[] {
  return inner.length > 0 ? inner : blocks;
}

/** Times every site as a span of its own, in the order of {@link smallestSites}. */
export function timeSites<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<readonly SiteSeconds[]> {
  return inPass(workshop, async ({ pass, shelf }) => {
    const times: SiteSeconds[] = [];
    let { x } = pass;
    for (const site of smallestSites(workshop.stream)) {
      const given = x;
      const value =
        workshop.stream.inner.length > 0 ? await valueOf(pass, shelf, site.from, given) : undefined;
      const whole = await timed(workshop, () =>
        pass.span({ ...site, x: given, values: new Map<number, Feature>(), taps: [] }),
      );
      x = shelf.add(whole.value.x);
      let applied = 0;
      if (value !== undefined) {
        const values = new Map([[site.from, value]]);
        const again = await timed(workshop, () => pass.span({ ...site, x: given, values, taps: [] }));
        if (again.value.x !== x) shelf.drop(shelf.add(again.value.x));
        applied = again.seconds;
      }
      shelf.drop(value);
      if (x !== given) shelf.drop(given);
      times.push({ whole: whole.seconds, applied });
    }
    return times;
  });
}

/** The value of the inner site at a position, without taking the time. */
async function valueOf<Feature extends object>(
  pass: Pass<Feature, unknown>,
  shelf: FeatureShelf<Feature>,
  from: number,
  x: Feature,
): Promise<Feature | undefined> {
  const taps = [{ tap: { of: 'value', at: from } as const }];
  const { x: after, taps: values } = await pass.span({
    from,
    until: from + 1,
    x,
    values: new Map<number, Feature>(),
    taps,
  });
  shelf.addAll(values);
  if (after !== x && !values.includes(after)) shelf.drop(shelf.add(after));
  return values[0];
}
