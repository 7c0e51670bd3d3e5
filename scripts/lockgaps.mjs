// Lists the optional packages that package-lock.json lacks. A tool that ships one binary package per platform may reach
// a registry piecemeal: `npm install` then leaves the missing platforms out of the lock without a word, and `npm ci`
// fails with "Missing: … from lock file", on this platform or only on a contributor's.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const locked = new Set(
  Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)),
);

const gaps = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !locked.has(name))
    .map((name) => `${path || 'the root'} wants ${name}@${entry.optionalDependencies[name]}`),
);

if (gaps.length > 0) {
  console.error(`package-lock.json lacks ${gaps.length} optional packages:\n  ${gaps.join('\n  ')}`);
  console.error(
    'Choose versions that are complete (see min-release-age in .npmrc), then run `npm install` again.',
  );
  process.exit(1);
}
console.log(`lockgaps: ${locked.size} locked packages, no gap`);
