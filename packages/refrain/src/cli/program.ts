import { Command, Option } from 'commander';
import { calibrationMethods } from '../calibrate/methods.ts';
import { calibration } from '../commands/calibrate.ts';
import { comparison } from '../commands/compare.ts';
import { generation } from '../commands/generate.ts';
import { printPolicies } from '../commands/policies.ts';
import { videoFormats } from '../compare/videos.ts';
import type { CommandContext } from './context.ts';
import { fuzzCommand } from './fuzz-command.ts';
import { numberArgument } from './numbers.ts';
import { examples, generationOptions, policyOptions } from './options.ts';
import { compileCommand } from './compile-command.ts';
import { modelCommands } from './model-commands.ts';
import { simulationCommands } from './simulation-commands.ts';

/**
 * The command line: commands that run the model, and those that simulate. Errors are thrown, never printed here; nothing exits.
 *
 * @param context - streams, clock and abort signal of the process
 */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('refrain')
    .description(
      'Caching for diffusion transformers: generate videos, compare caching policies, choose one by simulation.',
    )
    .version(context.version)
    .showHelpAfterError('Run with --help for all options.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
    });
  program.addCommand(generateCommand(context));
  program.addCommand(compareCommand(context));
  program.addCommand(calibrateCommand(context));
  program.addCommand(compileCommand(context));
  for (const command of simulationCommands(context)) program.addCommand(command);
  for (const command of modelCommands(context)) program.addCommand(command);
  program.addCommand(fuzzCommand(context));
  program.addCommand(
    inherit(new Command('policies'), program)
      .description('List all policies with their options.')
      .option('--json', 'as JSON')
      .action((options: { json?: boolean }) => printPolicies(context, options)),
  );
  for (const command of program.commands) inherit(command, program);
  return program;
}

function generateCommand(context: CommandContext): Command {
  return policyOptions(generationOptions(new Command('generate')))
    .description('Generate a video of a prompt.')
    .argument('[prompt...]', 'prompts; quote each, for example "large red circle bounce fast black"')
    .option('--out <path>', 'a file for one video, a folder for several', 'refrain-out')
    .addOption(new Option('--format <format>', 'kind of file').choices(videoFormats).default('gif'))
    .action((prompts: string[], options) => generation(context, prompts, options))
    .addHelpText(
      'after',
      examples(['refrain generate "large red circle bounce fast black" --policy "fora(interval=2)"']),
    );
}

function compareCommand(context: CommandContext): Command {
  return policyOptions(generationOptions(new Command('compare')))
    .description('Generate with and without caching and show what each policy saves and costs.')
    .option('--out <folder>', 'folder for report.html, comparison.json and videos', 'refrain-out')
    .option(
      '--repeats <count>',
      'how often everything is timed',
      numberArgument({ min: 1, integer: true }),
      1,
    )
    .option('--resume', 'go on with what an interrupted comparison in the folder has finished')
    .action((options) => comparison(context, options))
    .addHelpText(
      'after',
      examples([
        'refrain compare',
        'refrain compare --policy "bwcache(threshold=0.05)" --policy "teacache(threshold=0.1)" --prompts prompts.txt',
      ]),
    );
}

function calibrateCommand(context: CommandContext): Command {
  const methods = Object.entries(calibrationMethods).map(([name, { about }]) => `  ${name}  ${about}`);
  return generationOptions(new Command('calibrate'))
    .description('Measure the constants of a policy on the model and print the policy that has them.')
    .argument('<policy>', Object.keys(calibrationMethods).join(' or '))
    .option('--threshold <number>', "its threshold (default: the source's)", numberArgument({ min: 0 }))
    .action((policy: string, options) => calibration(context, policy, options))
    .addHelpText('after', `\nPolicies:\n${methods.join('\n')}`)
    .addHelpText('after', examples(['refrain calibrate magcache --threshold 0.12 --steps 30']));
}

function inherit(command: Command, program: Command): Command {
  return command.copyInheritedSettings(program);
}
