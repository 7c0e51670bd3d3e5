import { Command } from 'commander';
import { compilation } from '../commands/compile.ts';
import type { CommandContext } from './context.ts';
import { listArgument, numberArgument, numbersArgument } from './numbers.ts';
import { examples, resultOptions } from './options.ts';

/** `refrain compile`: a policy's rule, written into the graph of a model. */
export function compileCommand(context: CommandContext): Command {
  return resultOptions(new Command('compile'))
    .description(
      "Write a caching policy's rule into an ONNX model, so that any host with ONNX Runtime caches.",
    )
    .argument('<model>', 'the model, an .onnx file')
    .requiredOption('--policy <id>', 'caching policy; see "refrain policies"')
    .requiredOption('-o, --out <file>', 'the compiled model')
    .option(
      '--steps <count>',
      'steps of a generation, for rules that depend on it',
      numberArgument({ min: 2, integer: true }),
    )
    .option(
      '--timesteps <numbers>',
      "the sampler's timesteps from noise to sample, separated by commas, instead of --steps",
      numbersArgument,
    )
    .option(
      '--branches <names>',
      'guidance branches that are run one by one, separated by commas',
      listArgument,
    )
    .option('--latent <name>', 'the input that is denoised, where it is not found')
    .option('--output <name>', 'the output that is the prediction, where it is not found')
    .option('--architecture <name>', 'architecture of the model, for policies with published constants')
    .action((model: string, options) => compilation(context, model, options))
    .addHelpText(
      'after',
      '\n--json writes what a host has to know: inputs, outputs, and what the state starts with. It is in the metadata of the ' +
        'compiled model, too.',
    )
    .addHelpText(
      'after',
      examples([
        "refrain compile model.onnx --policy 'fbcache(threshold=0.12)' -o cached.onnx",
        "refrain compile model.onnx --policy 'teacache(threshold=0.1)' --steps 30 -o cached.onnx --json cached.json",
      ]),
    );
}
