#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { main } from './main.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const stop = new AbortController();
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait for the step in progress.
  if (stop.signal.aborted) process.exit(130);
  process.stderr.write('\nstopping after this step; press Ctrl-C again to stop at once\n');
  stop.abort();
});
process.on('SIGTERM', () => stop.abort());

// A reader that has seen enough (`refrain policies | head`) closes the pipe: that is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });

process.exitCode = await main({
  version,
  out: process.stdout,
  err: process.stderr,
  signal: stop.signal,
  argv: process.argv.slice(2),
});
