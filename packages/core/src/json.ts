/** A value that survives `JSON.parse(JSON.stringify(value))`. The state of every policy is one. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
