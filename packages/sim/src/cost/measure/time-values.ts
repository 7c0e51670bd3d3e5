import type { RunnerTap } from '@refrain/core';
import { inPass, timed, type Workshop } from './workshop.ts';

/** Seconds of the stack in one span. Both zero where there is no inner site. */
export interface ValueSeconds {
  /** With everything computed. */
  readonly computed: number;
  /** With the value of every inner site given. */
  readonly given: number;
}

/** Times the stack once as it is and once with every value given: in one span, as caching runs it. */
export async function timeValues<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<ValueSeconds> {
  const { inner, length: until } = workshop.stream;
  if (inner.length === 0) return { computed: 0, given: 0 };
  return inPass(workshop, async ({ pass, shelf }) => {
    const { x } = pass;
    const taps = inner.map(({ from }) => ({ tap: { of: 'value', at: from } satisfies RunnerTap }));
    const none = new Map<number, Feature>();
    const out = await pass.span({ from: 0, until, x, values: none, taps });
    shelf.add(out.x);
    const features = shelf.addAll(out.taps);
    const computed = await timed(workshop, () => pass.span({ from: 0, until, x, values: none, taps: [] }));
    if (computed.value.x !== x) shelf.add(computed.value.x);
    const values = new Map(inner.flatMap(({ from }, index) => pairOf(from, features[index])));
    const given = await timed(workshop, () => pass.span({ from: 0, until, x, values, taps: [] }));
    if (given.value.x !== x) shelf.add(given.value.x);
    return { computed: computed.seconds, given: given.seconds };
  });
}

function pairOf<Feature>(at: number, feature: Feature | undefined): readonly (readonly [number, Feature])[] {
  return feature === undefined ? [] : [[at, feature]];
}
