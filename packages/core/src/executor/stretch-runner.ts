import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { BlockRunner, Pass } from '../pass/runner.ts';
import { productsOf, type Entry } from '../policy/decision.ts';
import { requireResult } from './contract.ts';
import type { Keeper } from './keeper.ts';
import type { Lane } from './lane.ts';
import type { FindFeature, Measurer } from './measurer.ts';
import type { Recorder } from './recorder.ts';
import type { Stretch } from './stretch.ts';
import { isSketch, positionsIn, TapList, tapKey } from './taps.ts';
import type { Workbench } from './workbench.ts';

/** What the parts of a walk through one pass work with. */
export interface PassTools<Feature extends object> {
  readonly runner: BlockRunner<never, Feature, unknown>;
  readonly lane: Lane<Feature>;
  readonly bench: Workbench<Feature>;
  readonly measurer: Measurer<Feature>;
  readonly keeper: Keeper<Feature>;
  readonly recorder: Recorder;
}

/** What is wanted of a stretch besides the stream at its end. */
export interface Wanted {
  readonly measure: readonly Indicator[];
  /** Entries whose inner products are wanted. */
  readonly products: readonly Entry[];
}

/**
 * Runs a stretch from the current stream, keeps the entries that it completes, measures indicators, moves the stream on.
 *
 * @throws RunnerError `RUNNER_CONTRACT`
 */
export async function runStretch<Feature extends object>(
  tools: PassTools<Feature>,
  pass: Pass<Feature, unknown>,
  stretch: Stretch<Feature>,
  { measure, products }: Wanted,
): Promise<Record<string, Measurement>> {
  const { runner, bench, keeper, measurer, recorder } = tools;
  const { from, until, values } = stretch;
  const taps = new TapList();
  keeper.wantTaps(taps, stretch);
  const sketches = runner.sketches === true;
  for (const indicator of measure) taps.wantIndicator(indicator, from, until, sketches);
  const requests = taps.list();
  const input = bench.x;
  const whole = sketches ? measure.filter((indicator) => !isSketch(indicator)) : measure;
  const ends = { from: isLookedAt(from, keeper, whole), until: isLookedAt(until, keeper, whole) };
  const result = await recorder.time('compute', () =>
    pass.span({ from, until, x: input, values, taps: requests, ends }),
  );
  bench.adoptResult(result);
  requireResult(result, requests.length, input, runner.name);
  const { x: output, taps: tapped } = result;
  const byKey = new Map(requests.map(({ tap, stride }, index) => [tapKey(tap, stride), tapped[index]]));
  const find = finder(stretch, input, output, byKey, sketches);
  await keeper.collect(from, until, (of, at) => find({ of, at }, undefined)?.feature);
  const measured =
    measure.length > 0 ? await recorder.time('indicator', () => measurer.measure(measure, find, until)) : {};
  for (const entry of products) Object.assign(measured, await measureProducts(tools, entry));
  for (const feature of [...tapped, ...values.values()]) bench.release(feature);
  bench.advance(output);
  return measured;
}

/** Whether an entry or an indicator has a use for the stream at a position. */
function isLookedAt(
  at: number,
  keeper: Pick<Keeper<object>, 'wants'>,
  measure: readonly Indicator[],
): boolean {
  return measure.some(({ tap }) => positionsIn(tap).includes(at)) || keeper.wants(at);
}

function finder<Feature>(
  { from, until }: Stretch<Feature>,
  input: Feature,
  output: Feature,
  byKey: ReadonlyMap<string, Feature | undefined>,
  sketches: boolean,
): FindFeature<Feature> {
  return (tap, stride) => {
    if (tap.of === 'residual') return undefined;
    const feature = byKey.get(tapKey(tap, stride));
    if (feature) return { feature, sketched: stride !== undefined && sketches };
    if (tap.of === 'stream' && tap.at === from) return { feature: input, sketched: false };
    if (tap.of === 'stream' && tap.at === until) return { feature: output, sketched: false };
    return undefined;
  };
}

/** Inner products of an entry that was kept just now; nothing if it was not. */
async function measureProducts<Feature extends object>(
  { runner, lane, measurer, recorder }: PassTools<Feature>,
  entry: Entry,
): Promise<Record<string, Measurement>> {
  const cached = lane.cache.find(entry);
  const [newest] = cached?.features ?? [];
  if (!cached || !newest || cached.steps[0] !== lane.step || !runner.ops.products) return {};
  const values = await recorder.time('indicator', async () =>
    measurer.reduceNumbers((await runner.ops.products?.(newest, cached.features)) ?? []),
  );
  return { [productsOf(entry)]: { kind: 'products', values } };
}
