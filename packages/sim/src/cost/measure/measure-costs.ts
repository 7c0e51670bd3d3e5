import { streamOf, type BlockRunner, type PassInfo, type Stream } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { CostModel } from '../cost-model.ts';
import { median } from './median.ts';
import { pricesOf } from './prices.ts';
import { timeLowPass } from './time-low-pass.ts';
import { timePasses, type PassSeconds } from './time-passes.ts';
import { smallestSites, timeSites, type SiteSeconds } from './time-sites.ts';
import { timeValues, type ValueSeconds } from './time-values.ts';
import type { Workshop } from './workshop.ts';

/** How far a measurement has come. */
export interface MeasureProgress {
  /** Rounds that are over, with the first one, which does not count. */
  readonly done: number;
  /** Rounds in all. */
  readonly total: number;
  /** What the others will take, by the time of those that are over. */
  readonly secondsLeft: number;
}

/** What is measured, and how often. */
export interface MeasureCostsOptions<Input> {
  /** Input of one pass. */
  readonly input: Input;
  /** Where in a run the pass stands. */
  readonly at: PassInfo;
  /** Rounds that count. One more comes first: it compiles sessions and warms caches up. @defaultValue 5 */
  readonly rounds?: number;
  /** Of sketched indicators. @defaultValue 61 */
  readonly stride?: number;
  /** Clock in milliseconds. @defaultValue `performance.now` */
  readonly now?: () => number;
  /** Told after each round. */
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** Ends the measurement; what it held is freed, and the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

interface Round extends ValueSeconds {
  readonly passes: PassSeconds;
  readonly sites: readonly SiteSeconds[];
  readonly lowPass: number | undefined;
}

/**
 * Calibrates a runner on this machine: what the parts of a generation cost, in seconds. In each round everything is
 * measured once, one after the other, so that a slow minute of the machine meets all of it alike; the medians over the
 * rounds count.
 *
 * Most prices come from whole passes that the executor carries out: one that computes everything, one that
 * reuses the whole stack, one that also keeps or measures something, two that compute and reuse pieces in turn. So they
 * contain what the executor takes, and what the work of a pass finds in the processor's cache.
 *
 * A site run as a span of its own costs a little more than within a longer one, so only the shares of single sites
 * are used: they add up to the whole stack in one span. What giving all values saves is likewise measured in one span, and
 * shared out among the sites. A runner that only enqueues work on a device must wait for it before
 * the pass is over, or its work is counted where something first waits.
 *
 * @param runner - any runner; stays yours. Its passes are entered up to thirteen times a round. Held at
 *   a time are at most ten features of the stream, a value of each inner site, and a reference for each block
 * @param options - input and place of the pass, rounds, clock
 * @returns costs of one pass
 * @throws SimError `OPTION_INVALID`
 * @throws RunnerError `RUNNER_CONTRACT` when the runner's sites do not form a stream, `RUNNER_FAILED` when a pass fails
 * @throws the signal's reason, once it is aborted
 *
 * @example
 * ```ts
 * const costs = await measureCosts(runner, {
 *   input,
 *   at: { step: 0, call: 0, branch: 'conditional', timestep: 999 },
 * });
 * const recording = { ...run.recording(), costs };
 * ```
 */
export async function measureCosts<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  options: MeasureCostsOptions<Input>,
): Promise<CostModel> {
  const { input, at, rounds = 5, stride = 61, now = () => performance.now(), onProgress, signal } = options;
  requirePositive('rounds', rounds);
  requirePositive('stride', stride);
  const stream = streamOf(runner.sites, runner.conditioning);
  const workshop = { runner, stream, input, at: signal ? { ...at, signal } : at, stride, now, signal };
  const counted: Round[] = [];
  const start = now();
  const total = rounds + 1;
  for (let done = 1; done <= total; done++) {
    const round = await measureRound(workshop).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    });
    if (done > 1) counted.push(round);
    const secondsLeft = ((now() - start) / 1000 / done) * (total - done);
    onProgress?.({ done, total, secondsLeft });
  }
  return summarise(`measured ${runner.name} (median of ${rounds})`, stream, counted);
}

async function measureRound<Input, Feature extends object, Output>(
  workshop: Workshop<Input, Feature, Output>,
): Promise<Round> {
  const passes = await timePasses(workshop);
  const values = await timeValues(workshop);
  const sites = await timeSites(workshop);
  return { passes, ...values, sites, lowPass: await timeLowPass(workshop) };
}

function summarise(source: string, stream: Stream, rounds: readonly Round[]): CostModel {
  const { stack, ...prices } = pricesOf(
    stream,
    rounds.map(({ passes }) => passes),
  );
  const lowPass = rounds.flatMap((round) => round.lowPass ?? []);
  return {
    source,
    ...siteCosts(stream, rounds, stack),
    ...prices,
    ...(lowPass.length > 0 && { lowPass: median(lowPass) }),
  };
}

/**
 * Shares of the single sites, scaled so that they add up to the stack, and of their values, scaled so that they add up to
 * what giving all of them saves; a site of several positions is spread over them.
 */
function siteCosts(
  stream: Stream,
  rounds: readonly Round[],
  stack: number,
): Pick<CostModel, 'whole' | 'value'> {
  const sites = smallestSites(stream);
  const alone = sites.map((_, index) => median(rounds.map((round) => round.sites[index]?.whole ?? 0)));
  const applied = sites.map((_, index) => median(rounds.map((round) => round.sites[index]?.applied ?? 0)));
  const computed = alone.map((seconds, index) => Math.max(0, seconds - (applied[index] ?? 0)));
  const saved = median(rounds.map((round) => round.computed - round.given));
  return {
    whole: spreadOver(sites, alone, stack),
    value: spreadOver(sites, computed, Math.min(stack, Math.max(0, saved))),
  };
}

/** A clock too coarse to see any site gives each the same share. */
function spreadOver(
  sites: readonly { readonly from: number; readonly until: number }[],
  weights: readonly number[],
  total: number,
): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return sites.flatMap(({ from, until }, index) => {
    const share = sum > 0 ? (weights[index] ?? 0) / sum : 1 / sites.length;
    return Array.from({ length: until - from }, () => (total * share) / (until - from));
  });
}

function requirePositive(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SimError('OPTION_INVALID', `[sim] ${name}: expected an integer of at least 1, got ${value}`);
}
