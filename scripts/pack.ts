// Packs the packages as they would be published, and installs such tarballs into projects outside the repository.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The root of the repository. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** Name of a package to the path of its tarball. */
export type Tarballs = ReadonlyMap<string, string>;

/** What the checks read of a package's manifest. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The packages that are published, by folder name under `packages/`. */
export async function publicPackages(): Promise<ReadonlyMap<string, Manifest>> {
  const found = new Map<string, Manifest>();
  for (const folder of (await readdir(join(root, 'packages'))).toSorted()) {
    const text = await readFile(join(root, 'packages', folder, 'package.json'), 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.private !== true) found.set(folder, manifest);
  }
  return found;
}

/** Builds and packs every public package into `folder`. */
export async function packAll(folder: string): Promise<Tarballs> {
  await npm(root, ['run', 'build']);
  await mkdir(folder, { recursive: true });
  const names = [...(await publicPackages()).values()].map(({ name }) => name);
  const only = names.flatMap((name) => ['--workspace', name]);
  const report = await npm(root, ['pack', '--json', '--pack-destination', folder, ...only]);
  const packed = JSON.parse(report) as readonly { readonly name: string; readonly filename: string }[];
  // npm 10 prints the scope of a file name as a folder, npm 11 as a prefix; on disk it is a prefix.
  return new Map(
    packed.map(({ name, filename }) => [name, join(folder, filename.replace('@', '').replace('/', '-'))]),
  );
}

/**
 * Makes a project at `folder` that depends on the tarballs named, and installs it without any script.
 *
 * @param overrides - where npm takes other packages from, such as a link to a large one that is already on this disk
 */
export async function installTarballs(
  folder: string,
  tarballs: Tarballs,
  names: readonly string[],
  overrides: Readonly<Record<string, string>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${tarballOf(tarballs, name)}`]));
  const manifest = { name: 'a-user', private: true, type: 'module', dependencies, overrides };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await npm(folder, ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']);
}

function tarballOf(tarballs: Tarballs, name: string): string {
  const path = tarballs.get(name);
  if (path === undefined)
    throw new Error(`expected a tarball of ${name}, got ${[...tarballs.keys()].join(', ')}`);
  return path;
}

/** Runs npm in a folder and returns what it printed; a failure shows what npm said. */
export async function npm(folder: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute('npm', args, { cwd: folder, env: outsideEnv(), maxBuffer: 2 ** 26 });
    return stdout;
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`npm ${args.slice(0, 2).join(' ')} failed in ${folder}:\n${stderr}\n${stdout}`, {
      cause,
    });
  }
}

/**
 * The environment of a user's shell: what `npm run`, vitest and tsx add for programs of this repository would tie a
 * project outside to it.
 */
export function outsideEnv(): NodeJS.ProcessEnv {
  const added =
    /^(npm_(package|lifecycle|command|execpath|node_execpath|config_local_prefix)|INIT_CWD$|FORCE_COLOR$|NODE_OPTIONS$|NODE_PATH$|VITEST|NODE_ENV$)/;
  const kept = Object.entries(process.env).filter(([name]) => !added.test(name));
  const quiet = {
    npm_config_loglevel: 'error',
    NO_COLOR: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
  return { ...Object.fromEntries(kept), ...quiet };
}
