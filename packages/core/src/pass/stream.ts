import { RunnerError } from '../errors.ts';
import type { BlockSite, InnerSite, SiteInfo, Stream } from './site.ts';

/**
 * Orders and checks the sites of a runner: blocks tile the stream from 0 to its end without gaps, inner sites (if any)
 * are one position long, tile it too, and stay inside their block; names are unique.
 *
 * @param sites - as the runner declares them, in any order
 * @param conditioning - names of the conditioning tensors that can be measured
 * @throws RunnerError `RUNNER_CONTRACT` that names the site
 */
export function streamOf(sites: readonly SiteInfo[], conditioning: readonly string[] = []): Stream {
  const blocks = sites.filter((site): site is BlockSite => site.level === 'block').toSorted(byPosition);
  const inner = sites.filter((site): site is InnerSite => site.level === 'inner').toSorted(byPosition);
  if (blocks.length === 0) throw broken('a runner needs at least one block site, and none was declared');
  requireUniqueNames(sites);
  const length = requireTiling(blocks);
  if (inner.length > 0) {
    if (requireTiling(inner) !== length)
      throw broken(`inner sites end at ${inner.at(-1)?.until}, but blocks end at ${length}`);
    requireInsideBlocks(inner, blocks);
  }
  return { length, blocks, inner, conditioning };
}

function byPosition(a: SiteInfo, b: SiteInfo): number {
  return a.from - b.from;
}

function requireUniqueNames(sites: readonly SiteInfo[]): void {
  const names = new Set<string>();
  for (const { name } of sites) {
    if (names.has(name)) throw broken(`two sites are called "${name}": names must be unique`);
    names.add(name);
  }
}

function requireTiling(sites: readonly SiteInfo[]): number {
  let position = 0;
  for (const site of sites) {
    if (site.from !== position)
      throw broken(
        `site "${site.name}" starts at ${site.from}, expected ${position}: sites must tile the stream`,
      );
    if (!Number.isInteger(site.until) || site.until <= site.from)
      throw broken(`site "${site.name}" ends at ${site.until}, expected an integer above ${site.from}`);
    position = site.until;
  }
  return position;
}

function requireInsideBlocks(inner: readonly InnerSite[], blocks: readonly BlockSite[]): void {
  for (const site of inner) {
    if (site.until !== site.from + 1)
      throw broken(`inner site "${site.name}" spans ${site.until - site.from} positions, expected 1`);
    const block = blocks.find((candidate) => candidate.name === site.block);
    if (!block || site.from < block.from || site.until > block.until)
      throw broken(`inner site "${site.name}" does not lie inside a block called "${site.block}"`);
  }
}

function broken(message: string): RunnerError {
  return new RunnerError('RUNNER_CONTRACT', `[core] ${message}`);
}
