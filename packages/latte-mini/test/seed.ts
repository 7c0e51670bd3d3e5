import { env } from 'node:process';
import fc from 'fast-check';

/** Seed of every property in this run: `FC_SEED`, or a fresh one that is printed so that the run can be repeated. */
const seed: number =
  env['FC_SEED'] === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(env['FC_SEED']);

/** Cases per property: `FC_NUM_RUNS`, or fast-check's default. */
const runs = env['FC_NUM_RUNS'];

fc.configureGlobal({ seed, ...(runs === undefined ? {} : { numRuns: Number(runs) }) });
console.info(`fast-check seed: FC_SEED=${seed}`);
