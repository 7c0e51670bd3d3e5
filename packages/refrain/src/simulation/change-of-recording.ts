import type { Recording, RecordedTap } from '@refrain/sim';
import { type HeatMap, mean } from '@refrain/charts';

/**
 * How much every block changed from step to step in a recorded run: relative L1, mean over the lanes. Null where the recording
 * does not say.
 */
export function changeOfRecording(recording: Recording): HeatMap {
  const { stream, steps, taps } = recording;
  const outputs = stream.blocks.map(({ until }) =>
    taps.findIndex(({ tap }) => tap.of === 'stream' && tap.at === until),
  );
  const modulated = [...taps.keys()].filter((index) => isModulated(taps[index]));
  const all = Array.from({ length: steps }, (_, step) => step);
  return {
    blocks: stream.blocks.map(({ name }) => name),
    values: outputs.map((tap) => all.map((step) => known(changeAt(recording, tap, step)))),
    modulatedMean: all.map((step) => known(mean(modulated.map((tap) => changeAt(recording, tap, step))))),
  };
}

function isModulated(recorded: RecordedTap | undefined): boolean {
  return recorded?.tap.of === 'modulated';
}

/** NaN where there is nothing to compare with. */
function changeAt({ lanes, steps }: Recording, tap: number, step: number): number {
  if (tap < 0 || step === 0) return Number.NaN;
  return mean(
    lanes.map(({ change, magnitude }) => {
      const moved = change[(tap * steps + step) * steps + step - 1] ?? Number.NaN;
      return moved / (magnitude[tap * steps + step - 1] ?? Number.NaN);
    }),
  );
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
