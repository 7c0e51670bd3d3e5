import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { collect, listArgument, numberArgument } from './numbers.ts';

/** The options of commands that run given policies. */
export function policyOptions(command: Command): Command {
  return command
    .option('--policy <id>', 'caching policy, repeatable; see "refrain policies"', collect)
    .option('--policies <file>', 'file with a policy a line');
}

/** The options that all commands take which generate. */
export function generationOptions(command: Command): Command {
  return resultOptions(
    modelOptions(
      command
        .option('--prompt <text>', 'prompt, repeatable', collect)
        .option('--prompts <file>', 'file with a prompt a line')
        .option(
          '--steps <count>',
          "denoising steps (default: the model's own)",
          numberArgument({ min: 2, max: 10_000, integer: true }),
        )
        .option(
          '--guidance <scale>',
          "scale of classifier-free guidance; 1 is none (default: the model's own)",
          numberArgument({ min: 0 }),
        )
        .option(
          '--shift <factor>',
          "timestep shift (default: the model's own)",
          numberArgument({ min: 0.01 }),
        )
        .option(
          '--seed <integer>',
          'seed of the noise',
          numberArgument({ min: 0, max: 2 ** 32 - 1, integer: true }),
          7,
        ),
    ),
  );
}

/** Which model runs, and how. */
export function modelOptions(command: Command): Command {
  return command
    .option('--model <folder>', 'model folder (default: the embedded latte-mini)')
    .option('--provider <names>', 'execution providers to try, separated by commas', listArgument, ['cpu'])
    .option(
      '--threads <count>',
      'threads of the runtime, up to the number of cores',
      numberArgument({ min: 1, max: availableParallelism(), integer: true }),
      1,
    );
}

/** Where results are told. */
export function resultOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the results as JSON; - for standard output')
    .option('--quiet', 'no progress and no news');
}

/** Examples at the end of a help text. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
