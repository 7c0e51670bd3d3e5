import { counted } from './format.ts';
import type { Timeline } from './data.ts';

/** Rows of a timeline that are drawn together. */
export interface Band {
  /** `spatial-attention ×6`, `all 30 sites`. */
  readonly label: string;
  /** The label where there is little room. */
  readonly brief: string;
  /** One for each row that is drawn. */
  readonly rows: readonly string[];
  /** Where it begins, in pixels. */
  readonly top: number;
  /** Its height in pixels. */
  readonly height: number;
}

/** A band whose sites all did the same is one row of this height; otherwise each site has a thin row. */
const commonHeight = 15;
const siteHeight = 6;
const gap = 3;

/**
 * Groups the sites of a timeline by kind, in order of first appearance. Sites that always did the same share a row:
 * thirty equal rows say no more than one.
 *
 * @param timeline - of one policy and branch
 */
export function bandsOf({ sites, cells }: Timeline): readonly Band[] {
  if (cells.length === 0) return [];
  if (alike(cells)) {
    const count = cells.length;
    return stack([
      {
        label: count === 1 ? (sites[0]?.name ?? 'site') : `all ${counted(count, 'site')}`,
        brief: count === 1 ? 'site' : `all ${count}`,
        rows: cells.slice(0, 1),
      },
    ]);
  }
  const byKind = new Map<string, string[]>();
  cells.forEach((row, site) => {
    const kind = sites[site]?.kind ?? 'site';
    const rows = byKind.get(kind);
    if (rows) rows.push(row);
    else byKind.set(kind, [row]);
  });
  return stack(
    [...byKind].map(([kind, rows]) => ({
      label: rows.length === 1 ? kind : `${kind} ×${rows.length}`,
      brief: kind.replace(/-attention$/, ''),
      rows: alike(rows) ? rows.slice(0, 1) : rows,
    })),
  );
}

function alike(rows: readonly string[]): boolean {
  return rows.every((row) => row === rows[0]);
}

function stack(bands: readonly Omit<Band, 'top' | 'height'>[]): readonly Band[] {
  let top = 0;
  return bands.map((band) => {
    const height = band.rows.length === 1 ? commonHeight : band.rows.length * siteHeight;
    const placed = { ...band, top, height };
    top += height + gap;
    return placed;
  });
}

/**
 * Height of all bands together in pixels.
 *
 * @param bands - from {@link bandsOf}
 */
export function heightOf(bands: readonly Band[]): number {
  const last = bands.at(-1);
  return last ? last.top + last.height : 0;
}
