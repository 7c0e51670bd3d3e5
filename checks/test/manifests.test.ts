import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { publicPackages, root } from '../../scripts/pack.ts';

/** Which of our packages each may depend on. Development dependencies are free: tests may use the model. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  '@refrain/core': [],
  '@refrain/latte-mini': [],
  '@refrain/charts': ['@refrain/core'],
  '@refrain/diffusion': ['@refrain/core'],
  '@refrain/gpujs': ['@refrain/core'],
  '@refrain/onnx': ['@refrain/core'],
  '@refrain/sim': ['@refrain/core', '@refrain/diffusion'],
  '@refrain/testing': ['@refrain/core'],
  refrain: [
    '@refrain/charts',
    '@refrain/core',
    '@refrain/diffusion',
    '@refrain/latte-mini',
    '@refrain/onnx',
    '@refrain/sim',
    '@refrain/testing',
  ],
};

const packages = [...(await publicPackages())];
const names = new Set(packages.map(([, { name }]) => name));
const isOurs = (name: string): boolean => names.has(name);

test('every published package has its place in the order of packages', () => {
  expect([...names].toSorted()).toEqual(Object.keys(arrows).toSorted());
});

describe.each(packages)('%s', (folder, manifest) => {
  const { name, version, dependencies = {}, devDependencies = {}, scripts = {} } = manifest;

  test('depends on nothing that would turn an arrow around', () => {
    for (const dependency of Object.keys(dependencies).filter(isOurs))
      expect(arrows[name]).toContain(dependency);
  });

  test('pins dependencies exactly, and its siblings to its own version', () => {
    for (const [dependency, range] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(range, dependency).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      if (isOurs(dependency)) expect(range, dependency).toBe(version);
    }
  });

  test('runs nothing on the machines of those who install it', () => {
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty(hook);
  });

  test('has the licence of the repository', async () => {
    const own = await readFile(join(root, 'packages', folder, 'LICENSE'), 'utf8');
    expect(own).toBe(await readFile(join(root, 'LICENSE'), 'utf8'));
  });
});
