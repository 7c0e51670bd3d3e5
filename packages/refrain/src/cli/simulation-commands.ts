import { Command, Option } from 'commander';
import { syntheticPresets } from '@refrain/sim';
import { recording } from '../commands/record.ts';
import { replaying } from '../commands/replay.ts';
import { querying } from '../commands/query.ts';
import { sweeping } from '../commands/sweep.ts';
import { simulation } from '../commands/simulate.ts';
import { tuning } from '../commands/tune.ts';
import { recordingFormats } from '../record/record-prompts.ts';
import { costNames, publishedNames } from '../simulation/costs.ts';
import type { CommandContext } from './context.ts';
import { collect, numberArgument } from './numbers.ts';
import { examples, generationOptions, modelOptions, policyOptions, resultOptions } from './options.ts';

/** The commands that choose a policy without generating a video for each. */
export function simulationCommands(context: CommandContext): readonly Command[] {
  return [
    recordCommand(context),
    replayCommand(context),
    simulateCommand(context),
    sweepCommand(context),
    queryCommand(context),
    tuneCommand(context),
  ];
}

function recordCommand(context: CommandContext): Command {
  return generationOptions(new Command('record'))
    .description(
      'Record an uncached generation of each prompt, so that any policy can be replayed on it in no time.',
    )
    .option(
      '--stride <count>',
      'look at every so many elements of a feature; 1 looks at all of them',
      numberArgument({ min: 1, integer: true }),
      61,
    )
    .option('--out <folder>', 'folder for a file a prompt and recordings.json', 'refrain-out/recordings')
    .addOption(
      new Option('--format <format>', 'kind of file').choices(recordingFormats).default('safetensors'),
    )
    .option('--resume', 'prompts that are recorded in the folder are not recorded again')
    .action((options) => recording(context, options))
    .addHelpText(
      'after',
      examples([
        'refrain record',
        'refrain record --prompts prompts.txt --steps 30 --out recordings --resume',
      ]),
    );
}

function replayCommand(context: CommandContext): Command {
  return replayOptions(policyOptions(new Command('replay')))
    .description('Say what policies would do in recorded runs: reuse, speed-up and drift, predicted.')
    .option('--report <file>', 'write a page with charts')
    .action((files: string[], options) => replaying(context, files, options))
    .addHelpText(
      'after',
      examples([
        'refrain replay refrain-out/recordings --policy "bwcache(threshold=0.15,interval=1)" --policy "fora(interval=2)"',
        'refrain replay still.safetensors fast.safetensors --policies policies.txt --report replay.html',
        'refrain replay refrain-out/recordings --costs hunyuan-video --json -',
      ]),
    );
}

/** What all commands take that replay recordings. */
function replayOptions(command: Command): Command {
  return resultOptions(
    command
      .argument('<recording...>', 'files that "refrain record" wrote, or folders of them')
      .addOption(
        new Option('--costs <source>', 'what computing costs: as recorded, or as published for a model')
          .choices(costNames)
          .default('recorded'),
      ),
  );
}

function simulateCommand(context: CommandContext): Command {
  const presets = Object.entries(syntheticPresets).map(([name, { about }]) => `  ${name}  ${about}`);
  return resultOptions(syntheticOptions(policyOptions(new Command('simulate'))))
    .description(
      'Run policies closed loop on a synthetic DiT, whose mathematics is known: measured drift, and what it cannot exceed.',
    )
    .addOption(
      new Option(
        '--costs <source>',
        'what computing costs, as published for a model (default: the preset)',
      ).choices(publishedNames),
    )
    .option('--report <file>', 'write a page with charts')
    .action((options) => simulation(context, options))
    .addHelpText('after', `\nPresets:\n${presets.join('\n')}`)
    .addHelpText(
      'after',
      examples([
        'refrain simulate --preset open-sora-1.2 --policy "bwcache(threshold=0.15,interval=10%)"',
        'refrain simulate --preset latte --motion still --motion fast --report simulation.html',
        'refrain simulate --blocks 12 --steps 20 --shape flat --noise 0.02 --seed 3',
      ]),
    );
}

/** The options of a synthetic DiT, by the names that it has for them; it checks them itself. */
function syntheticOptions(command: Command): Command {
  const number = numberArgument({});
  return command
    .addOption(
      new Option('--preset <name>', 'follow a published model').choices(Object.keys(syntheticPresets)),
    )
    .option('--motion <factor>', 'still, calm, normal, fast or a number; repeatable, a run for each', collect)
    .option('--blocks <count>', 'transformer blocks (default: 28)', number)
    .option('--tokens <count>', 'tokens (default: 16)', number)
    .option('--channels <count>', 'channels of a token (default: 16)', number)
    .option('--steps <count>', 'denoising steps (default: 30)', number)
    .option('--schedule <name>', 'flow, shifted-flow, linear or cosine (default: flow)')
    .option('--shift <factor>', 'timestep shift of shifted-flow (default: 5)', number)
    .option('--guidance <scale>', 'scale of classifier-free guidance; 1 is none (default: 1)', number)
    .option('--shape <name>', 'course of the change: u, l, inverted-l, flat or oscillating (default: u)')
    .option('--early <share>', 'relative change at the beginning (default: 0.5)', number)
    .option('--middle <share>', 'relative change in the middle (default: 0.06)', number)
    .option('--late <share>', 'relative change at the end (default: 0.3)', number)
    .option('--settle <share>', 'how soon the first arm falls (default: 0.2)', number)
    .option('--noise <share>', 'jitter at every step (default: 0.01)', number)
    .option('--spectral-norm <number>', 'of every weight matrix (default: 0.5)', number)
    .option('--gates <number>', 'sum of the gates of all modules (default: 2)', number)
    .option('--head <number>', "spectral norm of the head's matrix (default: 0.4)", number)
    .option('--seed <integer>', 'seed of weights and noise (default: 0)', number);
}

function sweepCommand(context: CommandContext): Command {
  return replayOptions(designOptions(policyOptions(new Command('sweep'))))
    .description('Replay many policies on recordings, and find those that no other beats in speed and drift.')
    .option(
      '--count <policies>',
      'so many policies that fill the space of parameters evenly',
      numberArgument({ min: 1, max: 1_000_000, integer: true }),
      1000,
    )
    .option(
      '--grid <values>',
      'all combinations of so many values of each range, in the place of --count',
      numberArgument({ min: 1, integer: true }),
    )
    .option(
      '--workers <threads>',
      'worker threads; 0 works in the main one (default: as many as there are cores)',
      numberArgument({ min: 0, max: 1024, integer: true }),
    )
    .option('--resume', 'go on with the results in the folder')
    .option('--overwrite', 'replace the results in the folder')
    .option(
      '--out <folder>',
      'folder for results.jsonl, .parquet, .json and report.html',
      'refrain-out/sweep',
    )
    .action((files: string[], options) => sweeping(context, files, options))
    .addHelpText(
      'after',
      examples([
        'refrain sweep refrain-out/recordings --count 5000',
        'refrain sweep refrain-out/recordings --design design.json --grid 12 --resume',
        'refrain query refrain-out/sweep/results.parquet --where "drift<0.05" --order-by -speedup',
      ]),
    );
}

function queryCommand(context: CommandContext): Command {
  return resultOptions(new Command('query'))
    .description('Ask the results of a sweep, also of one that is not finished.')
    .argument('<results>', 'results.parquet or results.jsonl of a sweep')
    .option(
      '--where <condition>',
      'a field, one of < <= > >= = !=, and a value; repeatable, all must hold',
      collect,
    )
    .option('--order-by <field>', 'a field; with a minus before it, the greatest first')
    .option('--limit <rows>', 'at most so many rows', numberArgument({ min: 0, integer: true }), 20)
    .action((file: string, options) => querying(context, file, options))
    .addHelpText(
      'after',
      examples([
        'refrain query refrain-out/sweep/results.parquet --where "drift<0.05" --order-by -speedup --limit 5',
        'refrain query refrain-out/sweep/results.jsonl --where granularity=attention --where "speedup>1.5" --json -',
      ]),
    );
}

function tuneCommand(context: CommandContext): Command {
  const positive = numberArgument({ min: Number.MIN_VALUE });
  return replayOptions(modelOptions(confirmOptions(designOptions(new Command('tune')))))
    .description('Find the policy for a wanted speed-up, drift or size, and confirm the best on the model.')
    .option('--speedup <factor>', 'at least so many times as fast: with the least drift', positive)
    .option('--drift <share>', 'at most this relative error of the finished latent: the fastest', positive)
    .option('--bytes <count>', 'at most so many bytes held', positive)
    .addOption(
      new Option('--judgement <over>', 'which drift counts over the recordings')
        .choices(['mean', 'worst'])
        .default('mean'),
    )
    .option(
      '--explore <policies>',
      'so many are tried before the best are refined (default: 20 for each family)',
      numberArgument({ min: 1, max: 1_000_000, integer: true }),
    )
    .option('--report <file>', 'write a page with charts')
    .action((files: string[], options) => tuning(context, files, options))
    .addHelpText(
      'after',
      examples([
        'refrain tune refrain-out/recordings --speedup 2',
        'refrain tune refrain-out/recordings --drift 0.05 --bytes 1e6 --judgement worst',
        'refrain tune refrain-out/recordings --speedup 2 --confirm 3 --report tuning.html',
      ]),
    );
}

/** How the best are run on the model. */
function confirmOptions(command: Command): Command {
  return command
    .option(
      '--confirm <count>',
      'run so many of the best on the model, on the prompts of the recordings',
      numberArgument({ min: 1, max: 100, integer: true }),
    )
    .option(
      '--repeats <count>',
      'how often everything is timed',
      numberArgument({ min: 1, integer: true }),
      1,
    )
    .option(
      '--shift <factor>',
      'timestep shift of the recordings (default: as recorded)',
      numberArgument({ min: 0.01 }),
    )
    .option(
      '--noise-seed <integer>',
      'seed of the noise (default: as recorded)',
      numberArgument({ min: 0, max: 2 ** 32 - 1, integer: true }),
    );
}

/** What all commands take that search among policies. */
function designOptions(command: Command): Command {
  return command
    .option('--design <file>', 'JSON file with families of policies (default: those of the field)')
    .option(
      '--seed <integer>',
      'shifts the parameters that are tried',
      numberArgument({ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
      0,
    );
}
