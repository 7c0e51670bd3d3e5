import { asError, OnnxError } from '../errors.ts';
import { external, type ExternalWeight } from './external-data.ts';
import type { Graph } from './graph.ts';
import { readGraph } from './read.ts';

/** A model: the path of an `.onnx` file, or its content. */
export type ModelSource = string | Uint8Array;

/**
 * Reads a model from a file or from memory. Weights in other files are looked for, not opened: they have to be in the folder
 * of the model, and long enough.
 *
 * @param model - a path, which needs Node, or the content of the file
 * @throws OnnxError `MODEL_UNREADABLE` when the file cannot be read; `EXTERNAL_DATA` when a file with weights is missing, too
 * short or elsewhere; and what {@link readGraph} throws
 *
 * @example
 * ```ts
 * const graph = await loadGraph('transformer.onnx');
 * console.log(graph.externalWeights.length, 'weights lie in other files');
 * ```
 */
export async function loadGraph(model: ModelSource): Promise<Graph> {
  if (typeof model !== 'string') return readGraph(model);
  const { readFile } = await import('node:fs/promises');
  const paths = await import('node:path');
  const path = paths.resolve(model);
  const bytes = await readFile(path).catch((thrown: unknown) => {
    const message = `cannot read "${model}": ${asError(thrown).message}`;
    throw new OnnxError('MODEL_UNREADABLE', message, { cause: thrown });
  });
  const folder = paths.dirname(path);
  const graph = readGraph(bytes, { folder });
  await requireFiles(folder, graph.externalWeights);
  return graph;
}

async function requireFiles(folder: string, weights: readonly ExternalWeight[]): Promise<void> {
  const sizes = new Map<string, number>();
  for (const weight of weights) {
    const size = sizes.get(weight.location) ?? (await sizeInside(folder, weight));
    sizes.set(weight.location, size);
    const end = weight.offset + (weight.length ?? 0);
    if (end > size)
      throw external(
        weight.tensor,
        `should end at byte ${end} of "${weight.location}", which has only ${size}: the file is cut off or belongs to another model`,
      );
  }
}

/** A link out of the folder is refused: ONNX Runtime would refuse it as well, much later. */
async function sizeInside(folder: string, { tensor, location }: ExternalWeight): Promise<number> {
  const { realpath, stat } = await import('node:fs/promises');
  const paths = await import('node:path');
  try {
    const [root, path] = [await realpath(folder), await realpath(paths.join(folder, location))];
    const inside = paths.relative(root, path);
    if (inside.startsWith('..') || paths.isAbsolute(inside))
      throw external(tensor, `lies in "${location}", a link out of the model's folder`);
    const file = await stat(path);
    if (file.isFile()) return file.size;
    throw external(tensor, `lies in "${location}", which is no file`);
  } catch (thrown) {
    if (thrown instanceof OnnxError) throw thrown;
    throw external(
      tensor,
      `lies in "${location}", which is missing in "${folder}": keep the file beside the model`,
      thrown,
    );
  }
}
