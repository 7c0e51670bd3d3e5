import { shortened, textTable } from '../cli/text-table.ts';
import {
  figureKinds,
  figureText,
  summariseFigures,
  type FigureName,
  type FigureRow,
  type Figures,
} from './figures.ts';

/**
 * The table of policies for a terminal, one line a policy.
 *
 * @param rows - of all policies and runs
 * @param columns - the figures to show
 */
export function figureTable(rows: readonly FigureRow[], columns: readonly FigureName[]): string {
  const headings = ['policy', 'level', ...columns.map(heading)];
  const lines = summariseFigures(rows).map(({ policy, granularity, figures }) => [
    shortened(policy),
    granularity,
    ...columns.map((name) => cell(name, figures)),
  ]);
  return textTable(headings, lines, 2);
}

function heading(name: FigureName): string {
  const { title, predictedBy } = figureKinds[name];
  return `${title.toLowerCase()}${predictedBy === undefined ? '' : ' (predicted)'}`;
}

function cell(name: FigureName, figures: Figures): string {
  const { predictedBy } = figureKinds[name];
  const text = plain(figureText(name, figures));
  return predictedBy === undefined ? text : `${text} (${plain(figureText(predictedBy, figures))})`;
}

/** What each policy did at each step of each run: `1` computed, `0` reused, `p` in part. */
export function maskTable(rows: readonly FigureRow[]): string {
  return summariseFigures(rows)
    .flatMap(({ policy, rows: own }) => [shortened(policy), ...own.flatMap(maskLines)])
    .join('\n');
}

/** One line for all guidance branches that did the same. */
function maskLines({ mask, subject }: FigureRow): readonly string[] {
  const byMask = new Map<string, string[]>();
  for (const [branch, text] of Object.entries(mask)) byMask.set(text, [...(byMask.get(text) ?? []), branch]);
  return [...byMask].map(([text, branches]) => {
    const where = byMask.size === 1 ? '' : ` (${branches.join(', ')})`;
    return `  ${text}  ${subject}${where}`;
  });
}

/** A terminal is searched with a keyboard: plain spaces and minus signs. */
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').replaceAll('−', '-');
}
