import { streamOf, type RunShape, type Stream } from '@refrain/core';
import { timestepsOf, type RunCase } from '../cases/run-case.ts';
import { sitesOf } from '../toy/model.ts';

/** Streams are plain data and depend on very little, so that each is made once. */
const streams = new Map<string, Stream>();

/** The stream of a runner of this shape: the toy runner's. */
export function streamFor({ blocks, modules }: Pick<RunCase, 'blocks' | 'modules'>): Stream {
  const key = `${blocks} ${modules.join()}`;
  const known = streams.get(key);
  if (known) return known;
  const made = streamOf(sitesOf({ blocks, modules }), ['timestep-embedding']);
  streams.set(key, made);
  return made;
}

/** What the policy of a branch and call is told of its run. */
export function shapeOf(run: RunCase, branch: string = run.branches[0] ?? '', call = 0): RunShape {
  const { steps, branches, callsPerStep, sampler } = run;
  const timesteps = timestepsOf(steps, sampler);
  return { steps, timesteps, branches, branch, call, callsPerStep, stream: streamFor(run) };
}
