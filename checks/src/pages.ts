import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { root } from '../../scripts/pack.ts';

/** A Markdown page of the repository, by its path from the root. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Pages for readers: at the root, in `docs/` (without the generated API pages), of packages, examples and benchmarks. */
export async function pages(): Promise<Page[]> {
  const folders = await readdir(join(root, 'packages'));
  const paths = [
    ...(await markdownIn('.', false)),
    ...(await markdownIn('docs', true)).filter((path) => !path.startsWith('docs/api/')),
    ...(await Promise.all(folders.map((folder) => markdownIn(`packages/${folder}`, false)))).flat(),
    ...(await markdownIn('examples', false)),
    ...(await markdownIn('examples/browser', false)),
    ...(await markdownIn('bench', false)),
  ];
  return Promise.all(
    paths
      .filter((path) => !path.endsWith('CHANGELOG.md'))
      .toSorted()
      .map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  );
}

async function markdownIn(folder: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
