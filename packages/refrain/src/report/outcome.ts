import { counted, decibels, decimals, factor, html, type Markup, policyCode } from '@refrain/charts';
import type { PolicySummary } from './summary.ts';

/** What the figures come down to. */
export interface Outcome<Summary = PolicySummary> {
  /** Round speed-up that the closest policy had to reach; undefined when no policy was clearly faster. */
  readonly floor?: number;
  /** The policy whose videos are closest to the plain ones among those at or above the floor. */
  readonly closest?: Summary;
  /** The policy with the largest speed-up. */
  readonly fastest?: Summary;
}

/** Below this, a speed-up is within the noise of timing. */
const clearly = 1.05;

/** Round figures that a reader would ask for. */
const floors = [3, 2.5, 2, 1.75, 1.5, 1.4, 1.3, 1.2, 1.1, clearly];

/**
 * Picks the policy to name first: the closest one at the highest round speed-up that at least half of the faster policies
 * reach. That leaves something to choose from without rewarding a policy that hardly saves anything.
 *
 * @param summaries - of all policies
 */
export function judge(summaries: readonly PolicySummary[]): Outcome {
  return judgeBy(summaries, closeness);
}

/**
 * The same for anything that has a speed-up.
 *
 * @param closenessOf - the larger, the closer to the plain run
 */
export function judgeBy<Summary extends { readonly speedup: number }>(
  summaries: readonly Summary[],
  closenessOf: (summary: Summary) => number,
): Outcome<Summary> {
  const timed = summaries.filter(({ speedup }) => Number.isFinite(speedup));
  const fastest = timed.toSorted((a, b) => b.speedup - a.speedup)[0];
  if (!fastest) return {};
  const reaching = (floor: number) => timed.filter(({ speedup }) => speedup >= floor);
  const faster = reaching(clearly).length;
  const floor = floors.find((value) => faster > 0 && reaching(value).length >= faster / 2);
  if (floor === undefined) return { fastest };
  const [closest] = reaching(floor).toSorted(
    (a, b) => closenessOf(b) - closenessOf(a) || b.speedup - a.speedup,
  );
  return closest ? { floor, closest, fastest } : { fastest };
}

/** PSNR for ordering: identical beats every number, unmeasured loses to all. */
export function closeness({ psnr }: { readonly psnr: number | null }): number {
  if (psnr === null) return Number.MAX_VALUE;
  return Number.isFinite(psnr) ? psnr : -Number.MAX_VALUE;
}

/**
 * The outcome in one or two sentences.
 *
 * @param outcome - from {@link judge}
 * @param summaries - of all policies
 */
export function outcomeSentence(outcome: Outcome, summaries: readonly PolicySummary[]): Markup {
  const { floor, closest, fastest } = outcome;
  if (!fastest) return html`No policy has been measured yet.`;
  if (!closest || floor === undefined) return slowSentence(fastest);
  const other = fastest === closest ? html` It is also the fastest.` : fastestSentence(fastest);
  const prompts = counted(closest.rows.length, 'prompt');
  const among = summaries.length === 1 ? html`` : html`Of ${summaries.length} policies, `;
  return html`${among}${policyCode(closest.policy)} stays closest to the plain videos at a speed-up of
  ${trimmed(floor)} or more: ${quality(closest)} at ${factor(closest.speedup)}, over ${prompts}.${other}`;
}

function slowSentence(fastest: PolicySummary): Markup {
  return html`No policy made generation clearly faster: the largest median speed-up is
  ${factor(fastest.speedup)}, by ${policyCode(fastest.policy)}.`;
}

function fastestSentence(fastest: PolicySummary): Markup {
  return html` The fastest, ${policyCode(fastest.policy)}, reaches ${factor(fastest.speedup)} with
  ${quality(fastest)}.`;
}

function quality({ psnr, ssim }: PolicySummary): string {
  if (psnr === null) return 'identical videos';
  return `PSNR ${decibels(psnr)} and SSIM ${decimals(ssim, 3)}`;
}

function trimmed(floor: number): string {
  return `${floor}×`;
}
