import type { BlockRunner, PassInfo } from '@refrain/core';

/** Where the time of a plain pass went, in seconds. */
export interface PlainSeconds {
  /** Entering and leaving the model, which no policy can skip. */
  readonly frame: number;
  /** The whole stack of blocks. */
  readonly stack: number;
}

/** One pass of the bare runner: enter, the whole stream in one span, exit. Nothing is cached or measured. */
export async function plainPass<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  input: Input,
  at: PassInfo,
): Promise<{ output: Output; seconds: PlainSeconds }> {
  const start = performance.now();
  const until = Math.max(...runner.sites.map((site) => site.until));
  const pass = await runner.enter(input, at);
  try {
    const entered = performance.now();
    const { x } = await pass.span({
      from: 0,
      until,
      x: pass.x,
      values: new Map<number, Feature>(),
      taps: [],
    });
    const spanned = performance.now();
    const output = await pass.exit(x);
    if (x !== pass.x) runner.ops.dispose(x);
    const left = performance.now();
    const stack = (spanned - entered) / 1000;
    return { output, seconds: { stack, frame: (left - start) / 1000 - stack } };
  } finally {
    runner.ops.dispose(pass.x);
    pass.release?.();
  }
}
