import type { RunSeconds, Stream } from '@refrain/core';
import type { CostModel } from '../cost-model.ts';
import { median } from './median.ts';
import { piecesOf, type PassName } from './script.ts';
import type { PassSeconds } from './time-passes.ts';

/** The prices that follow from whole passes. */
export type PassPrices = Pick<
  CostModel,
  'frame' | 'stretch' | 'reuse' | 'keep' | 'indicator' | 'sketchedIndicator'
> & {
  /** All blocks, computed. */
  readonly stack: number;
  readonly handOut: number;
};

/**
 * Prices from passes of several rounds. What an activity of the executor took is known as such; where computing takes longer,
 * because more is handed out or there are more stretches, the difference is small beside the whole, so the least
 * of all rounds are compared: noise only ever adds.
 *
 * A pass that the runner could not do as asked, such as a reuse across a change of shape, adds nothing.
 *
 * @param stream - of the runner
 * @param rounds - at least one
 */
export function pricesOf(stream: Stream, rounds: readonly PassSeconds[]): PassPrices {
  const blocks = stream.blocks.length;
  const values = stream.inner.length;
  // Differences are taken within a round, where all passes met the same machine.
  const middle = (of: (passes: PassSeconds) => number): number => Math.max(0, median(rounds.map(of)));
  const activity = (name: PassName, key: keyof RunSeconds): number =>
    middle((passes) => passes[name]?.[key] ?? 0);
  const least = (of: (passes: PassSeconds) => number | undefined): number =>
    Math.min(...rounds.map((passes) => of(passes) ?? Infinity));
  const plain = least(({ plainAgain }) => plainAgain?.compute);
  const longer = (seconds: number): number => (Number.isFinite(seconds) ? Math.max(0, seconds - plain) : 0);
  const handedOut = (name: PassName): number => longer(least((passes) => passes[name]?.compute));
  return {
    stack: middle((passes) => totalOf(passes, 'plain', 'plainAgain') / 2 - totalOf(passes, 'output')),
    frame: activity('output', 'total'),
    reuse: middle(reuseOf),
    keep: activity('kept', 'keep'),
    handOut: values > 0 ? (handedOut('values') + activity('values', 'keep')) / values : 0,
    indicator: (handedOut('indicators') + activity('indicators', 'indicator')) / blocks,
    sketchedIndicator: (handedOut('sketches') + activity('sketches', 'indicator')) / blocks,
    stretch: stretchOf(piecesOf(stream).length, rounds, longer(least(computeInPieces)), middle),
  };
}

function totalOf(passes: PassSeconds, ...names: readonly PassName[]): number {
  return names.reduce((sum, name) => sum + (passes[name]?.total ?? 0), 0);
}

function reuseOf(passes: PassSeconds): number {
  return passes.residual ? Math.max(0, totalOf(passes, 'residual') - totalOf(passes, 'output')) : 0;
}

/** Both passes together compute every site once; undefined where one of them could not be done. */
function computeInPieces({ pieces, otherPieces }: PassSeconds): number | undefined {
  return pieces && otherPieces && pieces.compute + otherPieces.compute;
}

/** What two passes in pieces take beyond their sites and reuses, for each stretch but the first of each pass. */
function stretchOf(
  pieces: number,
  rounds: readonly PassSeconds[],
  longerComputing: number,
  middle: (of: (passes: PassSeconds) => number) => number,
): number {
  if (pieces < 3 || rounds.some((passes) => computeInPieces(passes) === undefined)) return 0;
  const around = middle((passes) => {
    const besideComputing = totalOf(passes, 'pieces', 'otherPieces') - (computeInPieces(passes) ?? 0);
    const beside = (passes.plainAgain?.total ?? 0) - (passes.plainAgain?.compute ?? 0);
    return besideComputing - beside - totalOf(passes, 'output') - pieces * reuseOf(passes);
  });
  return (longerComputing + around) / (pieces - 2);
}
