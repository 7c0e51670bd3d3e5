/** The text of relative-l1.wasm.ts as it should be, from the .wat next to it. */
export function kernelModuleText(): Promise<string>;

/** The text of relative-l1.wasm.ts as it is. */
export function committedModuleText(): Promise<string>;
