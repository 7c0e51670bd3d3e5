import {
  describeFailure,
  fuzzPolicy,
  propertiesOf,
  tryProperty,
  type FuzzResult,
  type FuzzTally,
  type PolicySource,
  type PropertyOptions,
} from '@refrain/testing';
import { commandLine, type CommandContext, type ResultOptions } from '../cli/context.ts';
import { formatDuration } from '../cli/progress.ts';
import { CommandError } from '../errors.ts';
import { writeWhole } from '../compare/files.ts';
import { fuzzPage, type FuzzedPolicy } from '../fuzz/fuzz-page.ts';
import { plainFailure } from '../fuzz/fuzz-outcome.ts';
import { loadPolicies } from '../fuzz/load-module.ts';
import { openResults, writeJson } from './results.ts';

/** Options of `refrain fuzz`, as read. */
export interface FuzzCommandOptions extends ResultOptions {
  readonly runs?: number;
  /** Seconds. */
  readonly time?: number;
  readonly seed?: number;
  readonly path?: string;
  readonly law?: readonly string[];
  readonly report?: string;
}

/**
 * `refrain fuzz`: tries the laws on the policies of a module.
 *
 * @throws CommandError `LAW_BROKEN` when one is broken, after everything about it was printed
 */
export async function fuzzing(
  context: CommandContext,
  source: string,
  options: FuzzCommandOptions,
): Promise<void> {
  const { report } = options;
  const terminal = await openResults(context, options, [report]);
  const { policies, capabilities } = await loadPolicies(source);
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const fuzzed: FuzzedPolicy[] = [];
  for (const [name, policy] of policies) {
    terminal.note(`${name}: seed ${seed}`);
    const common = { capabilities, ...(options.law && { laws: options.law }) };
    const { tally, failure } = await (options.path === undefined
      ? fuzzPolicy(policy, {
          ...common,
          seed,
          ...(options.runs !== undefined && { cases: options.runs }),
          ...(options.time !== undefined && { seconds: options.time }),
          signal: context.signal,
          onProgress: (so) => terminal.progress(`${name}: ${progressOf(so, options)}`),
        })
      : replayCase(policy, common, seed, options.path));
    terminal.endProgress();
    const plain = failure ? plainFailure(failure) : null;
    fuzzed.push({ outcome: { name, seed, tally, failure: plain }, failure });
    terminal.print(failure ? describeFailure(failure) : `${name}: no law was broken in ${described(tally)}`);
    if (plain)
      terminal.print(
        `\n  $ refrain fuzz ${source} --law ${plain.law} --seed ${plain.seed} --path ${plain.path}\n`,
      );
    if (context.signal.aborted) break;
  }
  if (report !== undefined) {
    await writeWhole(report, fuzzPage(fuzzed, commandLine(context)));
    terminal.print(`report: ${report}`);
  }
  await writeJson(context, options, { format: 1, source, policies: fuzzed.map(({ outcome }) => outcome) });
  const broken = fuzzed.filter(({ failure }) => failure).map(({ outcome }) => outcome.name);
  if (broken.length > 0)
    throw new CommandError('LAW_BROKEN', `[refrain] a law is broken by ${broken.join(', ')}`);
}

/** One case, which an earlier run has found. */
async function replayCase(
  policy: PolicySource,
  options: PropertyOptions,
  seed: number,
  path: string,
): Promise<FuzzResult> {
  if (options.laws?.length !== 1)
    throw new CommandError('OPTION_INVALID', '[refrain] --path needs the --law that it belongs to');
  let failure: FuzzResult['failure'];
  for (const property of propertiesOf(policy, options)) {
    if (property.name !== options.laws[0]) continue;
    failure ??= await tryProperty(property, { seed, path, numRuns: 1 });
  }
  const nothing = { walked: 0, executed: 0, steps: 0, decisions: 0, reused: 0, states: 0 };
  const tally: FuzzTally = { cases: 1, ...nothing, statesCapped: false, seconds: 0 };
  return { seed, tally, ...(failure && { failure }) };
}

function progressOf({ cases, seconds }: FuzzTally, { runs, time }: FuzzCommandOptions): string {
  const share = Math.max(
    cases / (runs ?? (time === undefined ? 10_000 : Infinity)),
    seconds / (time ?? Infinity),
  );
  const left = share > 0 ? ` · ${formatDuration((seconds * (1 - share)) / share)} left` : '';
  return `${Math.floor(share * 100)} % · ${cases.toLocaleString('en')} cases${left}`;
}

function described({
  cases,
  executed,
  steps,
  decisions,
  reused,
  states,
  statesCapped,
  seconds,
}: FuzzTally): string {
  const count = (value: number): string => value.toLocaleString('en');
  return (
    `${count(cases)} cases (${count(executed)} executed on a toy model), ${count(steps)} steps, ` +
    `${count(decisions)} decisions (${count(reused)} reused), ${statesCapped ? 'more than ' : ''}${count(states)} ` +
    `distinct states; ${formatDuration(seconds)}`
  );
}
