import type sharp from 'sharp';
import { DiffusionError } from './errors.ts';

/** The function that sharp exports. @internal */
export type Sharp = typeof sharp;

/**
 * Loads sharp when a file is written, not before.
 *
 * The name is not a literal at the place of the import, so that bundlers for browsers leave it alone.
 *
 * @throws DiffusionError `DEPENDENCY_MISSING` when it is not installed or does not start.
 *
 * @internal
 */
export async function loadSharp(): Promise<Sharp> {
  const name: string = 'sharp';
  try {
    const loaded = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { default: Sharp };
    return loaded.default;
  } catch (cause) {
    throw new DiffusionError(
      'DEPENDENCY_MISSING',
      'expected the optional package "sharp" for writing image files, but it cannot be loaded. Run: npm install sharp',
      { cause },
    );
  }
}

/**
 * Runs an encoder of sharp.
 *
 * @throws DiffusionError `ENCODING_FAILED` with sharp's error as its cause.
 *
 * @internal
 */
export async function encoded(
  format: string,
  encode: () => Promise<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await encode());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DiffusionError(
      'ENCODING_FAILED',
      `expected sharp to write a ${format} file, but it failed: ${reason}. Try a smaller scale or fewer frames.`,
      { cause },
    );
  }
}
