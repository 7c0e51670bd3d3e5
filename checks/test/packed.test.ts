import { copyFile, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTarballs, packAll, root, type Tarballs } from '../../scripts/pack.ts';
import { runIn, runModule } from '../src/user-project.ts';

// What is published is not what the other tests see: they run on sources. Here the packages are built, packed, and
// installed into empty projects, where neither workspace links nor the source condition can help.
const libraries = [
  '@refrain/core',
  '@refrain/charts',
  '@refrain/diffusion',
  '@refrain/gpujs',
  '@refrain/latte-mini',
  '@refrain/onnx',
  '@refrain/sim',
  '@refrain/testing',
];
const minutes = 60_000;

let home = '';
let tarballs: Tarballs;

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'refrain-packed-')));
  tarballs = await packAll(join(home, 'tarballs'));
}, 5 * minutes);

afterAll(() => rm(home, { recursive: true, force: true }));

describe('the libraries, without a runtime', () => {
  let project = '';

  beforeAll(async () => {
    project = join(home, 'libraries');
    await installTarballs(project, tarballs, libraries);
  }, 5 * minutes);

  test('do not bring ONNX Runtime along', async () => {
    expect(await readdir(join(project, 'node_modules'))).not.toContain('onnxruntime-node');
  });

  test.each(libraries)('%s is its build, inside the project', async (name) => {
    const code = `const url = import.meta.resolve('${name}'); await import(url); console.log(url);`;
    const { stdout, stderr } = await runModule(project, 'resolve.mjs', code);
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(`file://${join(project, 'node_modules', name, 'dist', 'index.js')}`);
  });

  test('cache a model of four blocks', async () => {
    await copyFile(join(root, 'scripts', 'node-smoke.mjs'), join(project, 'smoke.mjs'));
    const { code, stdout, stderr } = await runIn(project, process.execPath, ['smoke.mjs']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/reused [1-9]\d* %, model verified/);
  });

  test('say which package to install when ONNX Runtime is missing', async () => {
    const code = `
      import { loadTransformer } from '@refrain/latte-mini';
      import { onnxRunner } from '@refrain/onnx';
      const { bytes } = await loadTransformer();
      await onnxRunner({ model: bytes }).catch(({ code, message }) => console.log(code, message));
    `;
    const { stdout, stderr } = await runModule(project, 'missing.mjs', code);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^RUNTIME_MISSING .*npm install onnxruntime-node/);
  });

  test('say which package to install when gpu.js is missing', async () => {
    const code = `
      import { openGpu } from '@refrain/gpujs';
      await openGpu().catch(({ code, message }) => console.log(code, message));
    `;
    const { stdout, stderr } = await runModule(project, 'missing-gpu.mjs', code);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^LIBRARY_MISSING .*npm install gpu\.js/);
  });

  test.each([
    ['TypeScript 6, nodenext', 'typescript', 'nodenext'],
    ['TypeScript 7, nodenext', 'typescript7', 'nodenext'],
    ['TypeScript 7, bundler', 'typescript7', 'bundler'],
  ])('have declarations that compile by themselves: %s', async (_, compiler, moduleResolution) => {
    const imports = libraries.map((name, index) => `export * as library${index} from '${name}';\n`);
    await writeFile(join(project, 'types.ts'), imports.join(''));
    const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
    const options = [
      '--strict',
      '--target',
      'es2022',
      '--module',
      module,
      '--moduleResolution',
      moduleResolution,
    ];
    const program = join(root, 'node_modules', compiler, 'bin', 'tsc');
    const { stdout } = await runIn(project, process.execPath, [program, '--noEmit', ...options, 'types.ts']);
    expect(stdout.trim()).toBe('');
  });
});

describe('the command line', () => {
  let project = '';

  beforeAll(async () => {
    project = join(home, 'cli');
    // The runtime is 288 MB: a link to the copy of the repository instead of another one from the registry.
    const runtime = { 'onnxruntime-node': `file:${join(root, 'node_modules', 'onnxruntime-node')}` };
    await installTarballs(project, tarballs, [...libraries, 'refrain'], runtime);
  }, 5 * minutes);

  const npx = (...args: readonly string[]) => runIn(project, 'npx', ['--no-install', 'refrain', ...args]);

  test('knows its version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'packages/refrain/package.json'), 'utf8')) as {
      readonly version: string;
    };
    expect((await npx('--version')).stdout.trim()).toContain(version);
  });

  test('fuzzes a policy that is written in TypeScript, and marks the decision that is wrong', async () => {
    await copyFile(join(root, 'examples/fuzz/patient.ts'), join(project, 'patient.ts'));
    const { code, stdout, stderr } = await npx('fuzz', './patient.ts', '--runs', '3000', '--seed', '7');
    expect(code, stderr).toBe(1);
    expect(stdout).toContain('law 3, fail-safe, is broken by patient');
    expect(stdout).toMatch(/^ +→ +\d+ +reused/m);
  });

  test('says what is wrong with a module that is no TypeScript', async () => {
    await writeFile(join(project, 'broken.ts'), 'export const = 3;\n');
    const { code, stderr } = await npx('fuzz', './broken.ts');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/cannot load .*broken\.ts: /);
  });

  test(
    'generates a video',
    async () => {
      const out = join(project, 'circle.gif');
      const { code, stderr } = await npx(
        'generate',
        'large red circle static black',
        '--steps',
        '4',
        '--out',
        out,
      );
      expect(code, stderr).toBe(0);
      expect((await readFile(out)).subarray(0, 6).toString()).toBe('GIF89a');
    },
    2 * minutes,
  );
});
