import type { Json } from '../../json.ts';
import { SAMPLE, type Decision, type Entry } from '../decision.ts';
import type { Policy, Position, RunShape } from '../policy.ts';
import { endOf, entryOf, isSame } from './carried.ts';

/** More decisions than this at one position are a fault of the policy, which the executor will name. */
const MOST_LOOKS = 16;

/**
 * The entries that a policy keeps or reuses in a run in which nothing can be measured: what a schedule will use, and what
 * a rule that needs indicators keeps while it computes. Some policies keep an entry only when the next step reuses it;
 * who wants the history of an entry must know of it before.
 *
 * @param policy - walked through the run once, without a model
 * @param run - the run
 */
export function knownEntries(policy: Policy, run: RunShape): readonly Entry[] {
  // By where they begin: a policy of modules has very many.
  const found = Array.from({ length: run.stream.length + 2 }, (): Entry[] => []);
  let state = policy.init(run);
  for (let step = 0; step < run.steps; step++)
    for (const branch of policy.shared ? run.branches : [run.branch])
      state = walkPass(policy, state, placeOf(run, step, branch), run.stream.length, (entry) => {
        const here = found[entry.from + 1];
        if (here && !here.some((known) => isSame(known, entry))) here.push(entry);
      });
  return found.flat();
}

function placeOf({ call, timesteps }: RunShape, step: number, branch: string): Omit<Position, 'site'> {
  return { step, call, branch, timestep: timesteps[step] ?? 0 };
}

function walkPass(
  policy: Policy,
  before: Json,
  place: Omit<Position, 'site'>,
  length: number,
  note: (entry: Entry) => void,
): Json {
  const { step, call, branch, timestep } = place;
  const end = endOf(policy, length);
  let [state, site, looks] = [before, policy.needs.model ? SAMPLE : 0, 0];
  while (site < end && looks < MOST_LOOKS) {
    const decision = policy.next(state, { step, call, branch, timestep, site });
    const until = decision.do === 'measure' ? site : decision.until;
    const did = decision.do === 'measure' ? 'measured' : decision.do === 'compute' ? 'computed' : 'reused';
    for (const entry of entriesIn(decision, site)) note(entry);
    state = policy.observe(state, { step, call, branch, site, until, did, measured: {} });
    looks = until > site ? 0 : looks + 1;
    site = Math.max(site, until);
  }
  return state;
}

function entriesIn(decision: Decision, site: number): readonly Entry[] {
  if (decision.do === 'measure') return [];
  if (decision.do === 'compute') return decision.keep;
  return decision.weights.length > 0 ? [entryOf(decision, site)] : [];
}
