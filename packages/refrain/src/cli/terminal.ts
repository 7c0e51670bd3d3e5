import pc from 'picocolors';

/** Where a command writes: results to one stream, progress and errors to the other. */
export interface Terminal {
  /** A line of result. */
  print(text: string): void;
  /** A line of news; nothing when quiet. */
  note(text: string): void;
  /** A line that replaces itself on a terminal; on a pipe one line now and then. Nothing when quiet. */
  progress(text: string): void;
  /** Ends a progress line. */
  endProgress(): void;
}

/** The part of a stream that a terminal writes to. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** On a pipe, progress lines come at most this often. */
const PIPE_INTERVAL_MS = 5000;

/**
 * Makes a terminal of two streams.
 *
 * @param quiet - no news and no progress
 * @param now - clock in milliseconds
 */
export function openTerminal(
  out: TextStream,
  err: TextStream,
  quiet: boolean,
  now: () => number = () => performance.now(),
): Terminal {
  let open = false;
  let last = -Infinity;
  const clear = (): void => {
    if (open) err.write('\r\u001B[2K');
    open = false;
  };
  return {
    print(text) {
      clear();
      out.write(`${text}\n`);
    },
    note(text) {
      clear();
      if (!quiet) err.write(`${pc.dim(text)}\n`);
    },
    progress(text) {
      if (quiet) return;
      if (err.isTTY) {
        err.write(`\r\u001B[2K${text.slice(0, Math.max(20, (err.columns ?? 80) - 1))}`);
        open = true;
      } else if (now() - last >= PIPE_INTERVAL_MS) {
        err.write(`${text}\n`);
        last = now();
      }
    },
    endProgress: clear,
  };
}
