import { readFileSync } from 'node:fs';

/** A mutant that no test has found. */
export interface Survivor {
  readonly line: number;
  /** What kind of change it is, by Stryker's name. */
  readonly mutator: string;
  /** The code before and after, each in one line. */
  readonly original: string;
  readonly replacement: string;
  /** True if no test ever came there. */
  readonly unvisited: boolean;
}

/** What became of the mutants of a file. */
export interface FileSummary {
  readonly killed: number;
  /** Found because the tests never came to an end. */
  readonly timedOut: number;
  /** Left out: they act while a module is loaded. */
  readonly ignored: number;
  readonly survivors: readonly Survivor[];
}

/** What became of the mutants of an area, file by file. */
export type AreaSummary = Readonly<Record<string, FileSummary>>;

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: string;
        readonly mutants: readonly {
          readonly mutatorName: string;
          readonly replacement?: string;
          readonly status: string;
          readonly location: { readonly start: Place; readonly end: Place };
        }[];
      }
    >
  >;
}

/** Reads a report of Stryker. */
export function summaryOf(path: string): AreaSummary {
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  return Object.fromEntries(
    Object.entries(files)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([file, { source, mutants }]) => {
        const count = (status: string): number => mutants.filter((mutant) => mutant.status === status).length;
        const left = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
        return [
          file,
          {
            killed: count('Killed'),
            timedOut: count('Timeout'),
            ignored: count('Ignored'),
            survivors: left.map(({ location, mutatorName, replacement = '', status }) => ({
              line: location.start.line,
              mutator: mutatorName,
              original: inOneLine(cut(source, location.start, location.end)),
              replacement: inOneLine(replacement),
              unvisited: status === 'NoCoverage',
            })),
          },
        ];
      }),
  );
}

function cut(source: string, start: Place, end: Place): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join('\n');
}

function inOneLine(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim();
}

/** Found mutants, and all that were tried. */
export function scoreOf(files: readonly FileSummary[]): { readonly found: number; readonly all: number } {
  const found = files.reduce((sum, { killed, timedOut }) => sum + killed + timedOut, 0);
  return { found, all: found + files.reduce((sum, { survivors }) => sum + survivors.length, 0) };
}
