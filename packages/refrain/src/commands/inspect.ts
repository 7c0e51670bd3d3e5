import { basename } from 'node:path';
import { parsePolicy } from '@refrain/core';
import {
  choosePlan,
  cutModel,
  inspectModel,
  loadGraph,
  streamOfCut,
  type CutTensors,
  type ModelCut,
  type SessionPlan,
} from '@refrain/onnx';
import type { CommandContext } from '../cli/context.ts';
import { writeWhole } from '../compare/files.ts';
import { CommandError } from '../errors.ts';
import { inspectionPage } from '../inspect/page.ts';
import { inspectionTable } from '../inspect/table.ts';
import { openResults, writeJson } from './results.ts';

/** Options of `refrain inspect`, as read. */
export interface InspectCommandOptions {
  /** A file, or true for standard output. */
  readonly json?: string | true;
  readonly html?: string;
  readonly cut?: readonly string[];
  readonly latent?: string;
  readonly output?: string;
  readonly dimension?: readonly string[];
  readonly policy?: string;
}

/** `refrain inspect`: what a model consists of, as far as caching is concerned. */
export async function inspection(
  context: CommandContext,
  path: string,
  options: InspectCommandOptions,
): Promise<void> {
  const { html, latent, output } = options;
  const json = options.json === true ? '-' : options.json;
  const results = { ...(json !== undefined && { json }) };
  const terminal = await openResults(context, results, [html]);
  const graph = await loadGraph(path);
  const given = { latent, output, cuts: options.cut?.map(cutOf) };
  const found = inspectModel(graph, { ...given, dimensions: dimensionsOf(options.dimension ?? []) });
  const plan = options.policy === undefined ? undefined : planFor(cutModel(graph, given), options.policy);
  terminal.print(inspectionTable(found));
  if (plan) terminal.print(`\nplan for ${options.policy}: ${plan.name}; ${plan.why}`);
  if (html !== undefined) {
    await writeWhole(html, inspectionPage(basename(path), found));
    terminal.print(`\ndrawing: ${html}`);
  }
  await writeJson(context, results, plan ? { ...found, plan } : found);
}

/** How a runner would divide the model into sessions. */
function planFor(cut: ModelCut, policy: string): SessionPlan {
  const stream = streamOfCut(cut);
  return choosePlan({ policy: parsePolicy(policy), provider: 'cpu', stream });
}

function cutOf(text: string): CutTensors {
  return text.split(',').map((name) => name.trim());
}

function dimensionsOf(texts: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', size] = text.split(/=(?=[^=]*$)/);
      const count = Number(size);
      if (name !== '' && Number.isInteger(count) && count > 0) return [name, count];
      throw new CommandError(
        'OPTION_INVALID',
        `[refrain] --dimension: expected a name and a size, such as batch=2, got "${text}"`,
      );
    }),
  );
}
