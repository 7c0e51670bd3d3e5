import { describe, expect, test } from 'vitest';
import type { ReportData } from '../../src/report/report-data.ts';
import { renderReport } from '../../src/report/render.ts';
import { samplePrompts, sampleReport } from './fixtures.ts';
import { all, parsePage, texts, unbalancedTags } from './parsed-page.ts';

const hostile = `bad(<script>alert("1")</script>,a='b'&amp;c)`;

/** The sample with a policy or a prompt under another name, everywhere. */
function renamed(data: ReportData, from: string, to: string): ReportData {
  return JSON.parse(
    JSON.stringify(data).replaceAll(JSON.stringify(from), () => JSON.stringify(to)),
  ) as ReportData;
}

/** The sample with changed rows. */
function withRows(
  change: (row: ReportData['comparison']['rows'][number], index: number) => object,
): ReportData {
  const data = sampleReport();
  const rows = data.comparison.rows.map((row, index) => ({ ...row, ...change(row, index) }));
  return { ...data, comparison: { ...data.comparison, rows } };
}

describe('the page', () => {
  const html = renderReport(sampleReport({ command: 'refrain compare --seed 7 --note "<b>"' }));
  const page = parsePage(html);

  test('is a balanced document with one title, one main and headings in order', () => {
    expect(html.startsWith('<!doctype html>')).toBe(true);
    expect(unbalancedTags(html)).toEqual([]);
    expect([all(page, 'h1').length, all(page, 'main').length, all(page, 'head title').length]).toEqual([
      1, 1, 1,
    ]);
    const levels = all(page, 'h1, h2, h3, h4').map(({ tagName }) => Number(tagName.slice(1)));
    levels.forEach((level, index) => expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1));
  });

  test('names every policy and prompt in table, videos and timelines', () => {
    const data = sampleReport();
    const policies = [...new Set(data.comparison.rows.map(({ policy }) => policy))];
    expect(texts(page, '.overall .policy')).toEqual(policies);
    expect(new Set(texts(page, '.video .policy'))).toEqual(new Set(policies));
    expect(new Set(texts(page, '.decision .policy'))).toEqual(new Set(policies));
    expect(texts(page, '.prompt h2').map((text) => text.replace(/^Prompt \d+\s/, ''))).toEqual(samplePrompts);
    expect(all(page, '.single').length).toBe(policies.length * samplePrompts.length);
  });

  test('has no two elements with the same id, and every reference to one leads somewhere', () => {
    const ids = all(page, '[id]').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = [
      ...all(page, '[aria-labelledby]').map((each) => each.getAttribute('aria-labelledby') ?? ''),
      ...all(page, 'a').map((each) => each.getAttribute('href')?.slice(1) ?? ''),
    ];
    expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('has as many cells in every row as columns, and a text for every picture', () => {
    const cells = (row: (typeof rows)[number]) =>
      all(row, 'th, td').reduce((sum, cell) => sum + Number(cell.getAttribute('colspan') ?? 1), 0);
    const rows = all(page, 'table tr');
    expect(new Set(rows.map(cells))).toEqual(new Set([10]));
    expect(all(page, 'img').filter((image) => !image.getAttribute('alt'))).toEqual([]);
    expect(
      all(page, 'svg').filter((svg) => !svg.getAttribute('aria-label') && !svg.getAttribute('aria-hidden')),
    ).toEqual([]);
  });

  test('refers to nothing outside itself', () => {
    expect(html).not.toMatch(/https?:\/\//);
    const addresses = all(page, '[src], [href]').map(
      (each) => each.getAttribute('src') ?? each.getAttribute('href') ?? '',
    );
    expect(addresses.filter((address) => !/^(#|data:image\/(gif|png|webp);base64,)/.test(address))).toEqual(
      [],
    );
  });

  test('is the same for the same data', () => {
    expect(renderReport(sampleReport())).toBe(renderReport(sampleReport()));
  });

  test('shows the command line as it was given', () => {
    expect(texts(page, '#reproduce code')).toEqual(['refrain compare --seed 7 --note "<b>"']);
    expect(renderReport(sampleReport())).not.toContain('id="reproduce"');
  });
});

describe('odd data', () => {
  test('names are text wherever they stand', () => {
    const data = renamed(
      renamed(sampleReport(), 'fora(interval=3)', hostile),
      samplePrompts[0] ?? '',
      '<img src=x> & "more"',
    );
    const html = renderReport(data);
    const page = parsePage(html);
    expect(all(page, 'script').length).toBe(1);
    expect(unbalancedTags(html)).toEqual([]);
    expect(texts(page, '.overall .policy')).toContain(hostile);
    expect(texts(page, '.single th')).toContain('<img src=x> & "more"');
    expect(all(page, 'img[src="x"]')).toEqual([]);
  });

  test('pictures that are not inside the page, or no pictures, are left out', () => {
    const pictures = () => ({ source: 'javascript:alert(1)', still: 'data:image/svg+xml;base64,PHN2Zz4=' });
    const page = parsePage(renderReport(sampleReport({ pictures })));
    expect(all(page, 'img')).toEqual([]);
    expect(texts(page, '.absent').length).toBeGreaterThan(0);
  });

  test('identical videos say so', () => {
    const rows = texts(parsePage(renderReport(sampleReport())), '.overall');
    expect(rows[0]).toContain('identical');
    const some = parsePage(renderReport(withRows((row, index) => (index === 1 ? { psnr: null } : {}))));
    expect(texts(some, '.overall')[1]).toContain('1 of 3 identical');
  });

  test('warnings are listed once for each policy, and linked', () => {
    const page = parsePage(renderReport(sampleReport()));
    expect(texts(page, '.warned')).toEqual(['1 warning']);
    expect(texts(page, '.warnings li li')[0]).toContain('3 times, 3 of 3 prompts');
  });

  test('an incomplete run and a busy machine are announced', () => {
    expect(texts(parsePage(renderReport(sampleReport())), '.notice')).toEqual([]);
    const data = sampleReport({ complete: false });
    const environment = { ...data.comparison.environment, load: [2, 9.4] as const };
    const notices = texts(
      parsePage(renderReport({ ...data, comparison: { ...data.comparison, environment } })),
      '.notice',
    );
    expect(notices.map((text) => text.split('.')[0])).toEqual(['Incomplete', 'Busy machine']);
  });

  test.each([
    ['one prompt', sampleReport({ prompts: ['one'] })],
    ['one step', sampleReport({ steps: 2 })],
    ['no rows', withoutRows(sampleReport())],
    ['no prompts', { ...sampleReport(), prompts: [] }],
    [
      'figures that are not numbers',
      withRows(() => ({
        speedup: Number.NaN,
        ssim: Number.NaN,
        seconds: 0,
        idealSpeedup: Infinity,
        psnr: Number.NaN,
      })),
    ],
    ['partial masks and short recordings', shortened(sampleReport())],
  ])('%s gives a whole page', (_, data) => {
    const html = renderReport(data);
    expect(unbalancedTags(html)).toEqual([]);
    expect(withoutCode(html)).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });
});

function withoutRows(data: ReportData): ReportData {
  return { ...data, comparison: { ...data.comparison, rows: [], complete: false } };
}

/** Recordings that end early, and timelines with sites that were not run. */
function shortened(data: ReportData): ReportData {
  const prompts = data.prompts.map((report) => ({
    ...report,
    heat: { ...report.heat, values: report.heat.values.map((row) => row.slice(0, 4)), modulatedMean: [] },
    timelines: report.timelines.map((timeline) => ({
      ...timeline,
      cells: timeline.cells.map((row, site) => (site % 2 === 0 ? row.slice(0, 9) : '-'.repeat(row.length))),
      reasons: timeline.reasons.slice(0, 3),
    })),
  }));
  return { ...data, prompts };
}

/** The page without its style sheet and script, whose words are not the data's. */
function withoutCode(html: string): string {
  return html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
}
