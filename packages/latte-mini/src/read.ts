import { ModelFileError } from './errors.ts';

/** Node's file functions, or undefined where there is no Node. */
interface NodeFiles {
  readonly readFile: (url: URL) => Promise<Uint8Array>;
  readonly pathToFileURL: (path: string) => URL;
}

/**
 * Finds Node's built-in modules at run time.
 *
 * `process.getBuiltinModule` rather than `import('node:…')`: a bundler for browsers does not see it, so it neither
 * fails on the `node:` scheme nor ships a stand-in.
 */
function nodeFiles(): NodeFiles | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: typeof globalThis.process.getBuiltinModule };
  };
  const files = process?.getBuiltinModule?.('node:fs/promises');
  const urls = process?.getBuiltinModule?.('node:url');
  if (files === undefined || urls === undefined) return undefined;
  return { readFile: (url) => files.readFile(url), pathToFileURL: (path) => urls.pathToFileURL(path) };
}

/**
 * The URL of a folder, always with a trailing slash, so that file names resolve inside it.
 *
 * A string with a scheme (`https://…`, `file:///…`) is a URL. Any other string is a path: of the file system in
 * Node, relative to the page in a browser.
 *
 * @internal
 */
export function folderUrl(from: string | URL): URL {
  const url = new URL(typeof from === 'string' ? absoluteUrl(from) : from);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function absoluteUrl(from: string): URL {
  // Two letters at least: `C:\models` is a path, not a URL with the scheme "c".
  if (/^[a-z][a-z0-9+.-]+:/i.test(from)) return new URL(from);
  const node = nodeFiles();
  if (node !== undefined) return node.pathToFileURL(from);
  const { location } = globalThis as { location?: { href: string } };
  return new URL(from, location?.href);
}

/**
 * Reads a whole file: through the file system for `file:` URLs in Node, with `fetch` for all others.
 *
 * @throws ModelFileError `MODEL_FILE_MISSING` when there is no such file, `MODEL_FILE_UNREADABLE` when it could not
 * be read for another reason (the reason is its `cause`).
 *
 * @internal
 */
export async function readBytes(file: string, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const node = url.protocol === 'file:' ? nodeFiles() : undefined;
  return node === undefined ? fetchBytes(file, url) : readFromDisk(file, url, node);
}

async function readFromDisk(file: string, url: URL, node: NodeFiles): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await node.readFile(url));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? missing(file, url, cause)
      : unreadable(file, url, String(code), cause);
  }
}

async function fetchBytes(file: string, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw unreadable(file, url, 'the request failed', cause);
  }
  const gone = response.status === 404 || response.status === 410;
  throw gone ? missing(file, url) : unreadable(file, url, `the server answered ${response.status}`);
}

function missing(file: string, url: URL, cause?: unknown): ModelFileError {
  const message =
    `${file} is missing: nothing at ${shown(url)}. Reinstall @refrain/latte-mini (npm install @refrain/latte-mini), ` +
    'or, when you pass { from }, check that it names a folder with the model files.';
  return new ModelFileError('MODEL_FILE_MISSING', file, url, message, { cause });
}

function unreadable(file: string, url: URL, reason: string, cause?: unknown): ModelFileError {
  const message =
    `${file} could not be read from ${shown(url)}: ${reason}. ` +
    'Check the permissions of the file, or the connection to the server, and try again.';
  return new ModelFileError('MODEL_FILE_UNREADABLE', file, url, message, { cause });
}

/** Bundlers inline small files as `data:` URLs, which would fill the message. */
function shown(url: URL): string {
  return url.protocol === 'data:' ? 'a data: URL' : url.href;
}
