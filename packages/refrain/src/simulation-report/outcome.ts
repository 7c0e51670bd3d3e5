import { factor, html, type Markup, shortPolicyCode, significant } from '@refrain/charts';
import { judgeBy, type Outcome } from '../report/outcome.ts';
import type { FigureSummary } from '../simulation/figures.ts';
import type { SimulationReport } from './report-data.ts';

/** A policy in the plane of speed-up and drift. */
export interface Judged {
  readonly summary: FigureSummary;
  readonly speedup: number;
  readonly drift: number;
}

/** The speed-up and the drift to judge by: as measured, where that was done. */
export function placeOf(summary: FigureSummary): Judged | undefined {
  const { speedup, drift, measuredSpeedup, measuredDrift } = summary.figures;
  const place = { summary, speedup: measuredSpeedup ?? speedup, drift: measuredDrift ?? drift };
  return isPlaced(place) ? place : undefined;
}

function isPlaced(place: {
  readonly summary: FigureSummary;
  readonly speedup: number | null | undefined;
  readonly drift: number | null | undefined;
}): place is Judged {
  return Number.isFinite(place.speedup) && Number.isFinite(place.drift);
}

/** Picks the policy to name first, as the page of a comparison does: least drift at a round speed-up. */
function judgeSimulated(summaries: readonly FigureSummary[]): Outcome<Judged> {
  return judgeBy(
    summaries.flatMap((summary) => placeOf(summary) ?? []),
    ({ drift }) => -drift,
  );
}

const verbs = {
  predicted: 'is predicted to drift least',
  simulated: 'drifted least',
  confirmed: 'drifted least on the model',
} as const;

/** The outcome in one or two sentences. */
export function outcomeSentence(
  { evidence, tuning, rows, tried, front = [] }: SimulationReport,
  summaries: readonly FigureSummary[],
): Markup {
  if (tuning) return tuningSentence(tuning, tried.length, summaries);
  const { floor, closest, fastest } = judgeSimulated(summaries);
  if (rows.length === 0) return html`No policy has been simulated.`;
  if (!fastest)
    return html`Without costs there are no speed-ups: the table shows what is reused and how far it drifts.`;
  if (!closest || floor === undefined)
    return html`No policy is clearly faster: the largest speed-up is ${factor(fastest.speedup)}, by
    ${shortPolicyCode(fastest.summary.policy)}.`;
  const among =
    tried.length > summaries.length
      ? html`Of ${tried.length} parameter sets, ${front.length} make the Pareto front. Of the
        ${summaries.length} shown, `
      : html`${summaries.length > 1 && `Of ${summaries.length} policies, `}`;
  const other =
    fastest === closest
      ? html` It is also the fastest.`
      : html` The fastest, ${shortPolicyCode(fastest.summary.policy)}, reaches ${placed(fastest)}.`;
  return html`${among}${shortPolicyCode(closest.summary.policy)} ${verbs[evidence]} at a speed-up of ${floor}×
  or more: ${placed(closest)}.${other}`;
}

function placed({ speedup, drift }: Judged): string {
  return figures(speedup, drift);
}

function tuningSentence(
  { target, reaching, policy, confirmed }: NonNullable<SimulationReport['tuning']>,
  tried: number,
  summaries: readonly FigureSummary[],
): Markup {
  const chosen = summaries.find((summary) => summary.policy === policy);
  const { speedup = null, drift = null } = chosen?.figures ?? {};
  const code = shortPolicyCode(policy);
  const prediction = speedup !== null && drift !== null && `predicted ${figures(speedup, drift)}`;
  const begin = html`Wanted: ${target}. Of ${tried} parameter sets, ${reaching} are predicted to reach it.`;
  const place = chosen && placeOf(chosen);
  if (confirmed === undefined || !place)
    return html`${begin} The best is ${code}${prediction && html`, ${prediction}`}.`;
  if (confirmed) return html`${begin} ${code}, ${prediction}, reaches it on the model: ${placed(place)}.`;
  return html`${begin} On the model none that was run reaches it: ${code}, ${prediction}, comes nearest with
  ${placed(place)}.`;
}

function figures(speedup: number, drift: number): string {
  return `${factor(speedup)} with a drift of ${significant(drift)}`;
}
