import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';

const web = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A server on the loopback interface. */
export interface Served {
  /** Address of its root, with a slash. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves files by their names, and those of onnxruntime-web. */
export async function serve(files: Readonly<Record<string, string | Uint8Array>>): Promise<Served> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    void answer(files, name).then((content) => {
      const status = content === undefined ? 404 : 200;
      response.writeHead(status, {
        'Content-Type': types[extname(name)] ?? 'application/octet-stream',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
      return response.end(content);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function answer(
  files: Readonly<Record<string, string | Uint8Array>>,
  name: string,
): Promise<string | Uint8Array | undefined> {
  if (files[name] !== undefined) return files[name];
  if (!/^ort[\w.-]*$/.test(name)) return undefined;
  return readFile(join(web, name)).catch(() => undefined);
}
