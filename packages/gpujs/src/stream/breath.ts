/** Milliseconds of work after which others get their turn. */
const LONGEST_BREATH = 20;

/**
 * Lets timers, messages and signals through now and then: in WebAssembly and JavaScript kernels run without a pause, and a
 * worker would hear of an abort only after the pass.
 *
 * @returns a function to call between pieces of work
 */
export function breathing(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < LONGEST_BREATH) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}
