import { fencesOf, type Fence } from './fence.ts';

/** What a `ts` fence must print, and where the page says so. */
export interface Expectation {
  readonly line: number;
  readonly text: readonly string[];
}

/** A `ts` fence as part of a program. */
export interface Part {
  readonly fence: Fence;
  readonly expected: Expectation | undefined;
}

/** A program of a page: a `ts` fence and those that continue it. */
export interface Program {
  readonly page: string;
  readonly line: number;
  /** Why it is only type-checked; undefined when it is run. */
  readonly noRun: string | undefined;
  readonly parts: readonly Part[];
}

/**
 * Programs in the `ts` fences of a page. After `ts` the info string may say
 *
 * - nothing: a program of its own, which is type-checked and run;
 * - `continue`: the next part of the program before it;
 * - `no-run` and the reason: type-checked only;
 * - `fragment` and the reason: neither.
 *
 * What a part must print is in a `text output` fence after it, or else in comments: `console.log(x); // 42`.
 */
export function programsOf(page: string, markdown: string): Program[] {
  const programs: (Program & { parts: Part[] })[] = [];
  const fences = fencesOf(markdown);
  for (const [index, fence] of fences.entries()) {
    if (fence.language !== 'ts') continue;
    const { kind, reason } = kindOf(page, fence);
    if (kind === 'fragment') continue;
    const part = { fence, expected: outputAfter(fences[index + 1]) ?? outputInComments(fence) };
    const last = programs.at(-1);
    if (kind !== 'continue')
      programs.push({ page, line: fence.line, noRun: kind === 'no-run' ? reason : undefined, parts: [part] });
    else if (last === undefined) throw new Error(`${page}:${fence.line}: nothing on this page to continue`);
    else last.parts.push(part);
  }
  return programs;
}

function kindOf(page: string, { info, line }: Fence): { kind: string; reason: string } {
  const [, kind = '', reason = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
  if (!['', 'continue', 'no-run', 'fragment'].includes(kind))
    throw new Error(
      `${page}:${line}: expected \`ts\`, \`ts continue\`, \`ts no-run …\` or \`ts fragment …\`, got ${kind}`,
    );
  if ((kind === 'no-run' || kind === 'fragment') && reason === '')
    throw new Error(`${page}:${line}: expected a reason after \`${kind}\``);
  return { kind, reason };
}

function outputAfter(next: Fence | undefined): Expectation | undefined {
  return next?.language === 'text' && next.info === 'output'
    ? { line: next.line, text: next.lines }
    : undefined;
}

/** Comments after each `console.log`, at the end of its line or on the lines below; where one has none, it may print anything. */
function outputInComments({ lines, line }: Fence): Expectation | undefined {
  const logs = lines.flatMap((code, index) => {
    const [log, comment] = /\bconsole\.log\(.*\);\s*(?:\/\/ (.*))?$/.exec(code) ?? [];
    if (log === undefined) return [];
    return [comment === undefined ? leadingComments(lines.slice(index + 1)) : [comment]];
  });
  const text = logs.flat();
  if (text.length === 0) return undefined;
  return {
    line,
    text: logs.every(({ length }) => length > 0) ? text : ['…', ...text.flatMap((one) => [one, '…'])],
  };
}

function leadingComments(lines: readonly string[]): string[] {
  const end = lines.findIndex((code) => !/^\s*\/\/ /.test(code));
  return lines.slice(0, end === -1 ? lines.length : end).map((code) => code.replace(/^\s*\/\/ /, ''));
}

const marker = '\u0001part ';

/** TypeScript of a program, on the lines it has in the page, so that errors point there. */
export function sourceOf({ parts }: Program): string {
  const lines: string[] = [];
  for (const [index, { fence }] of parts.entries()) {
    while (lines.length < fence.line - 1) lines.push('');
    lines.push(`console.log(${JSON.stringify(marker + String(index))});`, ...fence.lines);
  }
  // A program without imports is a module all the same.
  return `${lines.join('\n')}\nexport {};\n`;
}

/** What each part printed, from what the whole program printed. */
export function outputOfParts(stdout: string): string[][] {
  const sections = stdout.split(new RegExp(`${marker}\\d+\\n`));
  return sections.slice(1).map((section) => section.trimEnd().split('\n'));
}
