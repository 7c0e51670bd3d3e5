import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { publicPackages, root, type Manifest } from '../../scripts/pack.ts';
import { anchorsOf, linksOf } from '../src/links.ts';
import { pages } from '../src/pages.ts';

const all = await pages();

test.each(all.map(({ path, text }) => [path, text] as const))(
  'links of %s lead somewhere',
  async (page, text) => {
    const broken: string[] = [];
    for (const { line, path, anchor } of linksOf(text)) {
      const target = path === '' ? page : relative(root, join(root, dirname(page), path));
      // Made by `npm run docs:api`, and not in the repository.
      if (target.startsWith('docs/api')) continue;
      const isThere = await stat(join(root, target)).catch(() => undefined);
      if (isThere === undefined) broken.push(`${page}:${line}: no file ${target}`);
      else if (anchor !== '' && target.endsWith('.md')) {
        const anchors = anchorsOf(await readFile(join(root, target), 'utf8'));
        if (!anchors.has(anchor)) broken.push(`${page}:${line}: no heading #${anchor} in ${target}`);
      }
    }
    expect(broken).toEqual([]);
  },
);

test('every `npm run` command on a page exists', async () => {
  const rootManifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const manifests = [rootManifest, ...(await publicPackages()).values()];
  const scripts = new Set(manifests.flatMap((manifest) => Object.keys(manifest.scripts ?? {})));
  const unknown = all.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)]
      .map(([, script = '']) => script)
      .filter((script) => !scripts.has(script))
      .map((script) => `${path}: npm run ${script}`),
  );
  expect(unknown).toEqual([]);
});
