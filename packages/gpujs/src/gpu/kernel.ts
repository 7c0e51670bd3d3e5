/** Constants of a kernel: they are written into its source. */
export type KernelConstants = Readonly<Record<string, number | string>>;

/**
 * A kernel as text. gpu.js compiles functions too, but only those that no bundler, minifier or coverage tool has
 * rewritten; a string they leave alone.
 */
export interface Kernel {
  /** What it computes, for example `linear`. */
  readonly operation: string;
  readonly constants: KernelConstants;
  /** Source of a JavaScript function in the subset that gpu.js knows. Loops have constant bounds. */
  readonly source: string;
}
