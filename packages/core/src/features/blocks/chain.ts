import { RunnerError } from '../../errors.ts';
import type { BlockDefinition, BlockModule, ModularBlock, PlainBlock } from './definition.ts';
import type { BlockSite, InnerSite, SiteInfo } from '../../pass/site.ts';

/** What leads from one position of the stream to the next: a block, or a module where blocks are given as modules. */
export interface Link<Context> {
  /** What it is called in errors, for example `block "blocks.3"`. */
  readonly label: string;
  /** As the user gave it, so that methods keep their `this`. */
  readonly source: PlainBlock<Context> | BlockModule<Context>;
}

/** Blocks laid out along the stream. */
export interface BlockChain<Context> {
  /** The sites to declare. */
  readonly sites: readonly SiteInfo[];
  /** Link k leads from position k to position k + 1. */
  readonly links: readonly Link<Context>[];
}

/**
 * Lays blocks out: a block takes one position, or one for each of its modules.
 *
 * @param blocks - all of them as modules, or none
 * @throws RunnerError `RUNNER_CONTRACT` if only some blocks are given as modules, or a block has no module
 */
export function chainOf<Context>(blocks: readonly BlockDefinition<Context>[]): BlockChain<Context> {
  const sites: SiteInfo[] = [];
  const links: Link<Context>[] = [];
  requireAllOrNoModules(blocks);
  for (const [index, block] of blocks.entries()) {
    const name = nameOf(block, index);
    if (isModular(block)) addModules(block, name, sites, links);
    else {
      const source = typeof block === 'function' ? { run: block } : block;
      sites.push(blockSite(source, name, links.length, links.length + 1, source));
      links.push({ label: `block "${name}"`, source });
    }
  }
  return { sites, links };
}

function addModules<Context>(
  block: ModularBlock<Context>,
  name: string,
  sites: SiteInfo[],
  links: Link<Context>[],
): void {
  const from = links.length;
  sites.push(blockSite(block, name, from, from + block.modules.length, block.modules[0]));
  for (const source of block.modules) {
    const module = innerSite(name, source, links.length);
    sites.push(module);
    links.push({ label: `module "${module.name}"`, source });
  }
}

/** `first` is what stands at the block's input: its modulated input is the block's. */
function blockSite(
  { family = 'block' }: { readonly family?: string },
  name: string,
  from: number,
  until: number,
  first: { readonly modulated?: unknown } | undefined,
): BlockSite {
  return { level: 'block', name, family, from, until, modulated: first?.modulated !== undefined };
}

function innerSite<Context>(block: string, { name, kind }: BlockModule<Context>, from: number): InnerSite {
  return { level: 'inner', name: `${block}/${name ?? kind}`, kind, block, from, until: from + 1 };
}

function nameOf<Context>(block: BlockDefinition<Context>, index: number): string {
  // A function's own name says little: `run`, `anonymous`, or the same for every block made in a loop.
  return (typeof block === 'function' ? undefined : block.name) ?? `blocks.${index}`;
}

function isModular<Context>(block: BlockDefinition<Context>): block is ModularBlock<Context> {
  return typeof block !== 'function' && 'modules' in block;
}

function requireAllOrNoModules<Context>(blocks: readonly BlockDefinition<Context>[]): void {
  const modular = blocks.findIndex(isModular);
  const plain = blocks.findIndex((block) => !isModular(block));
  if (modular >= 0 && plain >= 0) {
    const name = nameOf(blocks[plain] as BlockDefinition<Context>, plain);
    throw refused(
      `expected all blocks as modules or none, but "${nameOf(blocks[modular] as BlockDefinition<Context>, modular)}" ` +
        `has modules and "${name}" has not; give "${name}" as modules too, one of kind "other" if need be`,
    );
  }
  const empty = blocks.findIndex((block) => isModular(block) && block.modules.length === 0);
  if (empty >= 0) {
    const name = nameOf(blocks[empty] as BlockDefinition<Context>, empty);
    throw refused(
      `expected at least one module in block "${name}", got none; add one or leave the block out`,
    );
  }
}

function refused(message: string): RunnerError {
  return new RunnerError('RUNNER_CONTRACT', `[core] fromBlocks: ${message}`);
}
