import type { Stream } from '@refrain/core';
import { inPass, timed, type Workshop } from './workshop.ts';

/** Seconds of an undisturbed pass. */
export interface PlainSeconds {
  /** Entering and leaving the model. */
  readonly frame: number;
  /** The whole stack in one span. */
  readonly stack: number;
}

/** Times one pass as a policy that never reuses runs it: enter, one span, exit. */
export function timePlainPass<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<PlainSeconds> {
  const { stream } = workshop;
  return inPass(workshop, async ({ pass, shelf, seconds: entering }) => {
    const stack = await timed(workshop, () =>
      pass.span({ from: 0, until: stream.length, x: pass.x, values: new Map<number, Feature>(), taps: [] }),
    );
    const last = shelf.add(stack.value.x);
    const leaving = await timed(workshop, () => pass.exit(last));
    return { frame: entering + leaving.seconds, stack: stack.seconds };
  });
}

/** Into how many stretches a pass is split, to see what splitting costs. Each may be a session of its own. */
const MOST_STRETCHES = 8;

/** Positions at which a split pass is interrupted, with both ends: at block boundaries, evenly spread. */
export function stretchesOf({ blocks }: Stream): readonly number[] {
  const count = Math.min(MOST_STRETCHES, blocks.length);
  const ends = Array.from({ length: count }, (_, index) => {
    const last = Math.round(((index + 1) * blocks.length) / count) - 1;
    return blocks[last]?.until ?? 0;
  });
  return [0, ...ends];
}

/** Seconds of the whole stack, run in several stretches. */
export function timeSplitPass<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<number> {
  const positions = stretchesOf(workshop.stream);
  return inPass(workshop, async ({ pass, shelf }) => {
    let { x } = pass;
    let total = 0;
    for (const [index, until] of positions.slice(1).entries()) {
      const from = positions[index] ?? 0;
      const given = x;
      const { value, seconds } = await timed(workshop, () =>
        pass.span({ from, until, x: given, values: new Map<number, Feature>(), taps: [] }),
      );
      x = shelf.add(value.x);
      if (x !== given) shelf.drop(given);
      total += seconds;
    }
    return total;
  });
}
