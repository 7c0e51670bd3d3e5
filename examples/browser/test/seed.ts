import type { Parameters } from 'fast-check';

// Read from the global object, so that the types of Node stay out of this package: its sources must do without them.
const { env = {} } = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process ?? {};

const seed = env['FC_SEED'] === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : Number(env['FC_SEED']);
const numRuns = env['FC_NUM_RUNS'] === undefined ? 100 : Number(env['FC_NUM_RUNS']);

console.log(`property tests: FC_SEED=${seed} FC_NUM_RUNS=${numRuns}`);

/** Parameters of every property test: the seed from `FC_SEED`, else a random one, which is printed for replay. */
export const fuzz: Parameters<unknown> & { readonly numRuns: number } = { seed, numRuns };
