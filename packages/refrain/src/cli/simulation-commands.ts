import { Command, Option } from 'commander';
import { recording } from '../commands/record.ts';
import { replaying } from '../commands/replay.ts';
import { recordingFormats } from '../record/record-prompts.ts';
import { costNames } from '../simulation/costs.ts';
import type { CommandContext } from './context.ts';
import { numberArgument } from './numbers.ts';
import { examples, generationOptions, policyOptions, resultOptions } from './options.ts';

/** The commands that choose a policy without generating a video for each. */
export function simulationCommands(context: CommandContext): readonly Command[] {
  return [recordCommand(context), replayCommand(context)];
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
