import { readFile } from 'node:fs/promises';
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
  const model = await readModel(path);
  const { file, description } = compileModel({ ...options, model });
  await writeWhole(out, file);
  for (const warning of description.warnings) terminal.note(`warning: ${warning}`);
  terminal.print(
    `${out}: ${description.policy}, ${formatBytes(file.byteLength)} (the model: ${formatBytes(model.byteLength)})`,
  );
  printState(terminal, description);
  await writeJson(context, options, description);
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('READ_FAILED', `[refrain] cannot read ${path}: ${reason}`, { cause });
  }
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
