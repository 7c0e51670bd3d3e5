import { table } from '../markdown-table.ts';
import { scoreOf, type AreaSummary, type FileSummary, type Survivor } from './summary.ts';
import { reasonFor } from './reasons.ts';

/**
 * The page that shows what became of the mutants.
 *
 * @param areas - those that were measured
 * @param unmeasured - names of the others
 */
export function pageOf(areas: Readonly<Record<string, AreaSummary>>, unmeasured: readonly string[]): string {
  const files = Object.values(areas).flatMap((area) => Object.values(area));
  return `${[
    INTRODUCTION,
    '## Scores',
    `${share(files)} of all mutants were found. On a busy machine some of those that were found by a time-out may only have been slow.`,
    ...(unmeasured.length > 0
      ? [
          `Not measured yet: ${unmeasured.join(', ')} (\`npm run mutation -- ${unmeasured[0] ?? ''}\` and so on).`,
        ]
      : []),
    table(
      ['area', 'file', 'found', 'of them by time-out', 'of', 'score'],
      Object.entries(areas).flatMap(([area, summary]) => [
        [`**${area}**`, '', ...figures(Object.values(summary))],
        ...Object.entries(summary).map(([file, one]) => ['', `\`${short(file)}\``, ...figures([one])]),
      ]),
    ),
    '## Survivors',
    'Each is a change to the code that no test noticed, and why that is so. Where no reason is given, a test is missing.',
    ...Object.values(areas).flatMap((area) =>
      Object.entries(area).flatMap(([file, one]) => survivorsOf(file, one)),
    ),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `<!-- Written by \`npm run mutation\`; the words are in scripts/mutation/page.ts. -->

# Mutation testing

\`npm run mutation\` plants small faults (mutants) in the policies, the executor and the cache store, one at a time, and runs the tests
that come past them. A mutant that no test notices shows a place where the code could be wrong and nobody would see it.

\`\`\`sh
npm run mutation               # all areas, one after the other; what is unchanged since the last run is not tried again
npm run mutation -- cache      # one of them
npm run mutation -- --page     # only writes this page
\`\`\`

It takes hours on two cores and is no part of the checks before a merge. An area that was interrupted starts again from its beginning, the
others keep their results. Properties are tried with few cases and one seed, so that a mutant that survives has survived the same everywhere.

Two kinds of mutants are left out. Changed texts (\`StringLiteral\`): most are the words of reasons and errors, which people read and tests
should not repeat; texts that decide something (kinds, forms) are types too, and the compiler finds those. And changes to what is computed once
while a module is loaded (tables of options and constants), since each would need all tests in a new process; ids, defaults and published
constants are compared with other projects' in [parity](parity.md).`;

function figures(files: readonly FileSummary[]): readonly string[] {
  const { found, all } = scoreOf(files);
  const timedOut = files.reduce((sum, one) => sum + one.timedOut, 0);
  return [String(found), String(timedOut), String(all), share(files)];
}

function share(files: readonly FileSummary[]): string {
  const { found, all } = scoreOf(files);
  return all === 0 ? '–' : `${((100 * found) / all).toFixed(1)} %`;
}

function survivorsOf(file: string, { survivors }: FileSummary): readonly string[] {
  if (survivors.length === 0) return [];
  return [
    `### \`${short(file)}\``,
    table(
      ['line', 'code', 'mutant', 'why it survives'],
      survivors.map((survivor) => [
        String(survivor.line),
        code(survivor.original),
        code(survivor.replacement),
        why(file, survivor),
      ]),
    ),
  ];
}

function why(file: string, survivor: Survivor): string {
  return reasonFor(file, survivor) ?? (survivor.unvisited ? 'no test comes here' : '');
}

const LONGEST = 60;

function code(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  return cut === '' ? '(nothing)' : `\`${cut.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

function short(file: string): string {
  return file.replace('packages/core/src/', '');
}
