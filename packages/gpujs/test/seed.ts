import { env } from 'node:process';
import fc from 'fast-check';

/** Seed of every property in this run: `FC_SEED`, or a fresh one that is printed so that the run can be repeated. */
const seed: number =
  env['FC_SEED'] === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(env['FC_SEED']);

/** Cases per property: `FC_NUM_RUNS`, or the number that the property names. */
export function runs(otherwise: number): number {
  return env['FC_NUM_RUNS'] === undefined ? otherwise : Number(env['FC_NUM_RUNS']);
}

fc.configureGlobal({ seed });
console.info(`fast-check seed: FC_SEED=${seed}`);
