import { outputOf, SAMPLE, type Stream, type Tap } from '@refrain/core';

/**
 * Everything that is worth recording of a model, so that every policy finds what it measures: conditioning, the modulated
 * input and the output of each block, residuals from the start, to the end and over each site, values of inner sites, and
 * for a model that is a site itself its sample, its output and their difference.
 *
 * @param stream - the sites of the model
 * @param wholeModel - whether sample and output are features too
 */
export function tapsToRecord(stream: Stream, wholeModel: boolean): readonly Tap[] {
  const { blocks, inner, conditioning, length } = stream;
  return [
    ...conditioning.map((name): Tap => ({ of: 'conditioning', name })),
    ...blocks.filter(({ modulated }) => modulated).map(({ from }): Tap => ({ of: 'modulated', at: from })),
    { of: 'stream', at: 0 },
    ...blocks.map(({ until }): Tap => ({ of: 'stream', at: until })),
    ...residualsOf(stream),
    ...inner.map(({ from }): Tap => ({ of: 'value', at: from })),
    ...(wholeModel ? frameTaps(length) : []),
  ];
}

/** From the start to each block's end, from each block's start to the end, and over each site; each once. */
function residualsOf({ blocks, inner, length }: Stream): readonly Tap[] {
  const spans = new Map<string, Tap>();
  const add = (from: number, until: number): void =>
    void spans.set(`${from} ${until}`, { of: 'residual', from, until });
  for (const { until } of blocks) add(0, until);
  for (const { from } of blocks) add(from, length);
  for (const { from, until } of [...blocks, ...inner]) add(from, until);
  return [...spans.values()];
}

function frameTaps(length: number): readonly Tap[] {
  return [
    { of: 'stream', at: SAMPLE },
    { of: 'stream', at: outputOf(length) },
    { of: 'residual', from: SAMPLE, until: outputOf(length) },
  ];
}

/** True for taps of the frame around the stream and for conditioning: they are small, and recorded whole. */
export function isRecordedWhole(tap: Tap, length: number): boolean {
  if (tap.of === 'conditioning') return true;
  if (tap.of === 'residual') return tap.from < 0 || tap.until > length;
  return tap.of === 'stream' && (tap.at < 0 || tap.at > length);
}

/** The same text for the same tap. */
export function tapKey(tap: Tap): string {
  if (tap.of === 'conditioning') return `conditioning ${tap.name}`;
  return tap.of === 'residual' ? `residual ${tap.from} ${tap.until}` : `${tap.of} ${tap.at}`;
}
