import { dirname, resolve } from 'node:path';
import { compileModel, type CompiledDescription } from '@refrain/onnx';
import type { CommandContext, ResultOptions } from '../cli/context.ts';
import type { Terminal } from '../cli/terminal.ts';
import { formatBytes, textTable } from '../cli/text-table.ts';
import { writeWhole } from '../compare/files.ts';
import { CommandError } from '../errors.ts';
import { openResults, writeJson } from './results.ts';

/** Options of `refrain compile`, as read. */
export interface CompileCommandOptions extends ResultOptions {
  readonly policy: string;
  readonly out: string;
  readonly steps?: number;
  readonly timesteps?: readonly number[];
  readonly branches?: readonly string[];
  readonly latent?: string;
  readonly output?: string;
  readonly architecture?: string;
}

/** `refrain compile`: writes the rule of a policy into the graph of a model. */
export async function compilation(
  context: CommandContext,
  path: string,
  { out, ...options }: CompileCommandOptions,
): Promise<void> {
  const terminal = await openResults(context, options, [out]);
  const { file, description, weightFiles } = await compileModel({ ...options, model: path });
  requireBeside(path, out, weightFiles);
  await writeWhole(out, file);
  for (const warning of description.warnings) terminal.note(`warning: ${warning}`);
  terminal.print(`${out}: ${description.policy}, ${formatBytes(file.byteLength)}`);
  printState(terminal, description);
  await writeJson(context, options, description);
}

/** ONNX Runtime looks for weights in the folder of the file that names them. */
function requireBeside(model: string, out: string, [file]: readonly string[]): void {
  if (file === undefined || dirname(resolve(model)) === dirname(resolve(out))) return;
  throw new CommandError(
    'OPTION_INVALID',
    `[refrain] --out: weights of the model lie in "${file}" beside it, so the compiled model must lie in the same folder, ` +
      dirname(resolve(model)),
  );
}

function printState(terminal: Terminal, { state, output, reused }: CompiledDescription): void {
  const rows = state.map(({ input, output: next, type, initial, about }) => [
    input,
    next,
    type,
    [...new Set(initial)].join(', '),
    about,
  ]);
  terminal.print(
    `\n${textTable(['state, fed', 'comes back as', 'type', 'starts as', 'what it is'], rows, 5)}`,
  );
  terminal.print(
    `\nBesides: ${output} is the output of the model, ${reused} says whether a step was reused.`,
  );
}
