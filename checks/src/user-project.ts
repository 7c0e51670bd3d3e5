import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outsideEnv } from '../../scripts/pack.ts';

const execute = promisify(execFile);

/** What a program did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a project as its user would, and returns whatever comes of it. */
export async function runIn(project: string, program: string, args: readonly string[]): Promise<Outcome> {
  const options = { cwd: project, env: outsideEnv(), maxBuffer: 2 ** 26 };
  return execute(program, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Outcome) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

/** Runs JavaScript as a module of the project. */
export async function runModule(project: string, name: string, code: string): Promise<Outcome> {
  await writeFile(join(project, name), code);
  return runIn(project, process.execPath, [name]);
}
