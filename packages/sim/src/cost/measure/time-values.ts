import type { RunnerTap } from '@refrain/core';
import { inPass, timed, type Workshop } from './workshop.ts';

/** Seconds of caching the values of all inner sites. All zero where there is no inner site. */
export interface ValueSeconds {
  /** The whole stack in one span that hands out every value. */
  readonly handedOut: number;
  /** Looking whether all values are finite, where the runner offers it. */
  readonly checked: number;
  /** The whole stack in one span with every value given. */
  readonly given: number;
}

/** Times the stack once with every value handed out and once with every value given: in one span, as caching runs it. */
export async function timeValues<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<ValueSeconds> {
  const { runner, stream } = workshop;
  const { inner, length: until } = stream;
  if (inner.length === 0) return { handedOut: 0, checked: 0, given: 0 };
  return inPass(workshop, async ({ pass, shelf }) => {
    const { x } = pass;
    const taps = inner.map(({ from }) => ({ tap: { of: 'value', at: from } satisfies RunnerTap }));
    const none = new Map<number, Feature>();
    const out = await timed(workshop, () => pass.span({ from: 0, until, x, values: none, taps }));
    shelf.add(out.value.x);
    const features = shelf.addAll(out.value.taps);
    const check = await timed(workshop, async () => {
      for (const feature of features) await runner.ops.isFinite?.(feature);
    });
    const values = new Map(inner.flatMap(({ from }, index) => pairOf(from, features[index])));
    const given = await timed(workshop, () => pass.span({ from: 0, until, x, values, taps: [] }));
    if (given.value.x !== x) shelf.add(given.value.x);
    return { handedOut: out.seconds, checked: check.seconds, given: given.seconds };
  });
}

function pairOf<Feature>(at: number, feature: Feature | undefined): readonly (readonly [number, Feature])[] {
  return feature === undefined ? [] : [[at, feature]];
}
