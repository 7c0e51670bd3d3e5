import { Command, InvalidArgumentError } from 'commander';
import { fuzzing } from '../commands/fuzz.ts';
import type { CommandContext } from './context.ts';
import { collect, numberArgument } from './numbers.ts';
import { examples, resultOptions } from './options.ts';

/** The command that tries the laws on a policy. */
export function fuzzCommand(context: CommandContext): Command {
  return resultOptions(new Command('fuzz'))
    .description('Fuzz a caching policy: find the smallest trace on which it breaks a law.')
    .argument('<module>', 'TypeScript or JavaScript file that exports policies, or the id of a policy')
    .option('--runs <count>', 'cases to try (default: 10000)', numberArgument({ min: 1, integer: true }))
    .option('--time <duration>', 'stop after so long: 60s, 10m, 2h', readDuration)
    .option(
      '--seed <integer>',
      'seed of the cases (default: a random one, which is printed)',
      numberArgument({ min: -(2 ** 31), max: 2 ** 31 - 1, integer: true }),
    )
    .option('--law <name>', 'only this law; repeatable', collect)
    .option('--path <path>', 'the case that a failure names, with its --law and --seed')
    .option('--report <file>', 'write a page with the trace and the decisions')
    .action((module: string, options) => fuzzing(context, module, options))
    .addHelpText(
      'after',
      '\nExits with 1 when a law is broken. A module may export `capabilities`: what its policies claim beyond the laws.',
    )
    .addHelpText(
      'after',
      examples([
        'refrain fuzz ./my-policy.ts',
        'refrain fuzz ./my-policy.ts --time 10m --seed 7 --report fuzz.html',
        'refrain fuzz "teacache(threshold=0.2)" --runs 100000',
      ]),
    );
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function readDuration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  const seconds = Number(number) * (UNITS[unit || 's'] ?? Number.NaN);
  if (!(seconds > 0))
    throw new InvalidArgumentError(`Expected a duration such as 60s, 10m or 2h, got "${text}".`);
  return seconds;
}
