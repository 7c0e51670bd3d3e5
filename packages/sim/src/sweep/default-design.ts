import type { Recording } from '../recording/recording.ts';
import type { Design, DesignParameter, PolicyFamily, RangeParameter } from './design.ts';

/** Sketches of this stride are what the embedded model and most examples measure; replay looks the same up for any. */
const SKETCH = 'stride=61';

/**
 * The families of the field with the ranges in which their thresholds and intervals matter: BWCache in both forms and its
 * extensions, TeaCache, MagCache (where ratios were recorded), First-Block-Cache, DBCache, DBPrune, DiCache, EasyCache,
 * AdaCache, FORA, ∆-DiT, TaylorSeer, PAB (where there are attentions to broadcast), and forecasts over them.
 *
 * @param recordings - that the policies will be replayed on; MagCache's ratios are the mean over them
 *
 * @remarks Ranges lie around the published defaults (see the pages of the policies) and what was best on the embedded
 * model.
 *
 * @example
 * ```ts
 * const { policy } = tune({ speedup: 2 }, { recordings, design: defaultDesign(recordings) });
 * ```
 */
export function defaultDesign(recordings: readonly Recording[] = []): Design {
  const [first] = recordings;
  const kinds = new Set(first?.stream.inner.map(({ kind }) => kind));
  const ratios = ratiosOf(recordings);
  const magcache =
    ratios === undefined ? [] : [thresholds(`magcache(threshold={threshold},ratios=${ratios})`, 0.02, 0.4)];
  const firstBlock = thresholds(`fbcache(threshold={threshold},${SKETCH})`, 0.02, 0.4);
  const teacache = thresholds(`teacache(threshold={threshold},${SKETCH})`, 0.02, 0.5);
  const dbcache = thresholds(
    `dbcache(threshold={threshold},front={front},back=0,warmUp=4,${SKETCH})`,
    0.02,
    0.4,
    {
      front: { values: [1, 2, 4] },
    },
  );
  const paper = bwcache('form=paper', 0.02, 0.4, [2, 3, '10%']);
  const fora: PolicyFamily = {
    template: 'fora(interval={interval},cache=stack)',
    parameters: { interval: whole(2, 6) },
  };
  return {
    families: [
      bwcache('form=released', 0.03, 0.5, [1, 2, 3, '10%']),
      paper,
      bwcache('rearm=yes', 0.03, 0.5, [1, 2, 3]),
      bwcache('stop=2', 0.03, 0.5, [1, 2, 3]),
      bwcache('select=blocks', 0.03, 0.5, [1, 2, 3]),
      teacache,
      ...magcache,
      firstBlock,
      dbcache,
      thresholds(`dbprune(threshold={threshold},front=1,back=1,warmUp=4,${SKETCH})`, 0.02, 0.4),
      thresholds('dicache(threshold={threshold})', 0.03, 0.8),
      ...(first?.wholeModel === false ? [] : [thresholds('easycache(threshold={threshold})', 0.005, 0.2)]),
      { template: 'adacache(codebook={codebook})', parameters: { codebook: { values: ['slow', 'fast'] } } },
      fora,
      { template: 'deltaDit(interval={interval})', parameters: { interval: whole(2, 4) } },
      {
        template: 'taylorseer(interval={interval},order={order},cache=stack)',
        parameters: { interval: whole(2, 6), order: { values: [1, 2] } },
      },
      ...(kinds.has('spatial-attention') && kinds.has('temporal-attention') ? [broadcast(first)] : []),
      ...[teacache, firstBlock, paper, ...magcache, dbcache, fora].map(forecast),
    ],
  };
}

/** PAB's published windows reach from 10 % to 93 % of a schedule that begins at 1000; here of one in any unit. */
function broadcast(recording: Recording | undefined): PolicyFamily {
  const first = recording?.timesteps[0] ?? 1000;
  const [low, high] = [0.1, 0.93].map((share) => Number((share * first).toPrecision(4)));
  return {
    template: `pab(spatial={spatial},temporal={temporal},cross={cross},low=${low},high=${high})`,
    parameters: { spatial: whole(2, 3), temporal: whole(2, 5), cross: whole(2, 7) },
  };
}

function thresholds(
  template: string,
  from: number,
  to: number,
  others: PolicyFamily['parameters'] = {},
): PolicyFamily {
  return { template, parameters: { threshold: { from, to, scale: 'log' }, ...others } };
}

function bwcache(
  options: string,
  from: number,
  to: number,
  intervals: readonly (number | string)[],
): PolicyFamily {
  return thresholds(`bwcache(threshold={threshold},interval={interval},${options},${SKETCH})`, from, to, {
    interval: { values: intervals },
  });
}

function whole(from: number, to: number): RangeParameter {
  return { from, to, integer: true };
}

function forecast({ template, parameters }: PolicyFamily): PolicyFamily {
  const order: DesignParameter = { values: [1, 2] };
  return { template: `forecast(${template},order={order})`, parameters: { ...parameters, order } };
}

/** As MagCache's option has them: one list for each branch, first calls of each step. Undefined if any is missing. */
function ratiosOf(recordings: readonly Recording[]): string | undefined {
  const [first] = recordings;
  const lists = first?.branches.map((branch) => meanRatios(recordings, branch));
  if (!lists || lists.some((list) => list === undefined)) return undefined;
  return lists.map((list) => list?.join(':')).join('/');
}

function meanRatios(recordings: readonly Recording[], branch: string): readonly number[] | undefined {
  const steps = recordings[0]?.steps ?? 0;
  const lists = recordings.map(
    ({ lanes }) => lanes.find((lane) => lane.branch === branch && lane.call === 0)?.ratios,
  );
  if (!lists.every((list) => list?.length === steps)) return undefined;
  const means = Array.from({ length: steps }, (_, step) => {
    const sum = lists.reduce((total, list) => total + (list?.[step] ?? Number.NaN), 0);
    return step === 0 ? 1 : Number((sum / lists.length).toFixed(5));
  });
  return means.every((mean) => mean > 0 && Number.isFinite(mean)) ? means : undefined;
}
