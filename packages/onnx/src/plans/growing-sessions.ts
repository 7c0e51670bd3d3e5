import { extract, type Extraction } from '../graph/extract.ts';
import type { Graph } from '../graph/graph.ts';
import type { Sample } from '../graph/sample.ts';
import { sampleName } from '../graph/sample.ts';
import type { NamedTensors, PartSession } from '../sessions/part-session.ts';
import type { SessionPool } from '../sessions/pool.ts';

/** A session, and how many runs use it. */
interface Grown {
  readonly key: string;
  readonly outputs: ReadonlySet<string>;
  users: number;
}

/** What is asked of a session. */
export interface Demand {
  /** Equal for demands that one session serves: they differ in what is fetched. */
  readonly kind: string;
  /** Names of the outputs that the session must have. */
  readonly outputs: readonly string[];
  /** Those of them to fetch; left out, all. */
  readonly fetch?: readonly string[];
  /** Those that stay on the device, where it keeps them; the same for all demands of a kind. */
  readonly stays?: readonly string[];
  /** Makes the file of a session with at least these outputs. */
  readonly build: (outputs: ReadonlySet<string>) => Uint8Array;
}

/**
 * Sessions that are compiled once for each kind of demand: a later demand fetches some of its outputs. One that asks for more
 * has the session compiled anew with the outputs of both, and the old one is freed, so that weights are held once.
 */
export class GrowingSessions {
  readonly #pool: SessionPool;
  readonly #grown = new Map<string, Grown>();

  /** @param pool - where they are compiled */
  constructor(pool: SessionPool) {
    this.#pool = pool;
  }

  /** Runs a session of a kind. */
  async run(demand: Demand, given: NamedTensors): Promise<NamedTensors> {
    const grown = this.#grownFor(demand);
    grown.users += 1;
    try {
      const session = await this.#open(demand, grown);
      return await session.run(given, demand.fetch ?? demand.outputs);
    } finally {
      grown.users -= 1;
      if (grown.users === 0 && this.#grown.get(demand.kind) !== grown) await this.#pool.close(grown.key);
    }
  }

  /** Frees the sessions that are not in use. */
  async clear(): Promise<void> {
    for (const [kind, { key, users }] of this.#grown) {
      if (users > 0) continue;
      this.#grown.delete(kind);
      await this.#pool.close(key);
    }
  }

  /** Compiles a session of a kind ahead. */
  async prepare(demand: Demand): Promise<void> {
    await this.#open(demand, this.#grownFor(demand));
  }

  #open({ build, stays = [] }: Demand, { key, outputs }: Grown): Promise<PartSession> {
    const present = stays.filter((name) => outputs.has(name));
    return this.#pool.open(key, () => build(outputs), present);
  }

  #grownFor({ kind, outputs }: Demand): Grown {
    const known = this.#grown.get(kind);
    if (known && outputs.every((name) => known.outputs.has(name))) return known;
    const all = new Set([...(known?.outputs ?? []), ...outputs]);
    const grown: Grown = { key: `${kind} → ${[...all].toSorted().join(' ')}`, outputs: all, users: 0 };
    this.#grown.set(kind, grown);
    if (known?.users === 0) void this.#pool.close(known.key);
    return grown;
  }
}

/**
 * Makes the file of a part whose outputs are named: tensors, or samples of them.
 *
 * @param graph - the model
 * @param given - tensors that become inputs, with their types
 * @param outputs - names
 * @param samples - those of the names that are samples
 */
export function extractNamed(
  graph: Graph,
  given: Extraction['given'],
  outputs: ReadonlySet<string>,
  samples: ReadonlyMap<string, Sample>,
): Uint8Array {
  const sampled = [...outputs].flatMap((name) => samples.get(name) ?? []);
  const names = new Set(sampled.map(sampleName));
  return extract(graph, { given, wanted: [...outputs].filter((name) => !names.has(name)), samples: sampled });
}
