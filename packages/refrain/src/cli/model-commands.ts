import { Command } from 'commander';
import { inspection } from '../commands/inspect.ts';
import type { CommandContext } from './context.ts';
import { collect } from './numbers.ts';
import { examples } from './options.ts';

/** The commands that look at exported models. */
export function modelCommands(context: CommandContext): readonly Command[] {
  return [inspectCommand(context)];
}

function inspectCommand(context: CommandContext): Command {
  return new Command('inspect')
    .description('Show the transformer blocks of an ONNX model: what can be cached, and what it costs.')
    .argument('<model>', 'an .onnx file; its weights are not loaded')
    .option('--json [file]', 'write what was found as JSON; without a file to standard output')
    .option('--html <file>', 'draw what was found on a page')
    .option(
      '--cut <tensors>',
      'a boundary of blocks, repeatable, instead of those found: where the first block begins, …, where the last one ends; ' +
        'tensors of several streams separated by commas',
      collect,
    )
    .option('--latent <name>', 'the input that is denoised')
    .option('--output <name>', 'the output that predicts')
    .option(
      '--dimension <name=size>',
      'size of a free dimension for the estimate of FLOPs, repeatable (default: 1)',
      collect,
    )
    .option('--policy <id>', 'say how the model would be divided into sessions for this caching policy')
    .action((model: string, options) => inspection(context, model, options))
    .addHelpText(
      'after',
      examples([
        'refrain inspect transformer.onnx',
        'refrain inspect transformer.onnx --dimension batch=2 --html transformer.html',
        'refrain inspect transformer.onnx --cut tokens --cut block0_out --cut block1_out',
      ]),
    );
}
