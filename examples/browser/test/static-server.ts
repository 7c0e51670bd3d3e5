import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A server of files that knows nothing of the page: what works here works on any static host. */
export interface StaticServer {
  /** Address of the folder, with a slash at its end. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves a folder on the loopback address.
 *
 * @param folder - what is served
 * @param under - the path in front of it, such as `/some/where/`
 * @param withheld - files whose names match are answered with 404
 */
export async function serve(folder: string, under = '/', withheld?: RegExp): Promise<StaticServer> {
  const server = createServer(({ url = '/' }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    const inside = path.startsWith(under) ? normalize(path.slice(under.length)) : '..';
    const file = inside === '.' ? 'index.html' : inside;
    const read =
      file.startsWith('..') || withheld?.test(file)
        ? Promise.reject(new Error('404'))
        : readFile(join(folder, file));
    read.then(
      (content) =>
        response
          .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
          .end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${under}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
