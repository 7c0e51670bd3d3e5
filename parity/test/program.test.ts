import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { program } from '../src/program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parity-'));
});

const good = {
  name: 'good',
  config: { range: 2, threshold: [100, 800], steps: 4, timesteps: [900, 700, 500, 300] },
  compute: '1010',
};

function file(name: string, content: unknown): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(folder, name), text);
  return name;
}

async function called(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const surroundings = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    folders: [folder],
  };
  const code = await program(argv, surroundings);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('a file of cases', () => {
  test('that agree: a line each, the summary, exit code 0', async () => {
    const given = file('good.json', [good, { ...good, name: 'another' }]);
    expect(await called(given)).toEqual({ code: 0, out: 'ok good\nok another\n2 ok, 0 failed', err: '' });
  });

  test('of which one differs: both masks with a caret, the others still run, exit code 1', async () => {
    const { code, out } = await called(file('bad.json', [{ ...good, name: 'bad', compute: '1000' }, good]));
    expect(out).toBe(
      [
        'FAILED bad (VideoSys PAB)',
        '  compute differs at 2',
        '    expected 1000',
        '    actual   1010',
        '               ^',
        'ok good',
        '1 ok, 1 failed',
      ].join('\n'),
    );
    expect(code).toBe(1);
  });

  test('of which one has another length: the caret stands behind the shorter mask', async () => {
    const { out } = await called(file('short.json', [{ ...good, compute: '101' }]));
    expect(out).toContain('compute differs at 3; expected 3 entries, got 4');
  });

  test('of which a block of a step differs: the caret stands below it', async () => {
    const pruned = {
      name: 'pruned',
      config: {
        Fn_compute_blocks: 1,
        max_warmup_steps: 1,
        residual_diff_threshold: 0.1,
        num_inference_steps: 2,
      },
      s: [1, 1],
      blocks: ['11111111', '10010000'],
    };
    expect((await called(file('pruned.json', [pruned]))).out).toContain(
      ['    expected 10010000', '    actual   10000000', '                ^'].join('\n'),
    );
  });

  test('of which one compares nothing: it fails', async () => {
    const none = { ...good, name: 'none', config: { ...good.config, timesteps: [] }, compute: '' };
    const { code, out } = await called(file('none.json', [none, good]));
    expect(out).toContain('FAILED none (VideoSys PAB)\n  nothing to compare: the case has no calls');
    expect(code).toBe(1);
  });

  test('among other things: those fail, the cases run', async () => {
    const { code, out } = await called(file('parts.json', { version: 3, cases: [good], note: null }));
    expect(out).toContain('FAILED version\n  expected a list of cases, got 3');
    expect(out).toContain('FAILED note\n  expected a list of cases, got null');
    expect(out).toContain('ok good\n');
    expect(code).toBe(1);
  });

  test('that begins with a mark of its byte order', async () => {
    expect(await called(file('mark.json', `\uFEFF${JSON.stringify([good])}`))).toMatchObject({ code: 0 });
  });

  test('with an unknown config key: that case fails and names it', async () => {
    const odd = { ...good, name: 'odd', config: { ...good.config, softness: 1 } };
    const { code, out } = await called(file('odd.json', [odd, good]));
    expect(out).toContain(
      'config: unknown key "softness"; known here are range, threshold, steps, timesteps',
    );
    expect(out).toContain('ok good\n1 ok, 1 failed');
    expect(code).toBe(1);
  });

  test('with a field that nothing compares: that case fails and names it', async () => {
    const { out } = await called(file('field.json', [{ ...good, wisdom: [1] }]));
    expect(out).toContain('case: unknown key "wisdom"');
  });

  test.each([
    [
      'a missing key',
      { ...good, config: { range: 2, threshold: [1, 2] } },
      'config.timesteps: expected a list of numbers, got nothing',
    ],
    [
      'a value of another type',
      { ...good, config: { ...good.config, range: 'two' } },
      'config.range: expected an integer, got "two"',
    ],
    ['an option that the policy refuses', { ...good, config: { ...good.config, range: 0 } }, 'spatial'],
    ['an unknown kind', { name: 'x', config: { magic: 1 }, compute: '1' }, 'unknown kind of case'],
    [
      'more steps than any run has',
      { name: 'x', config: { steps: 1e9, gate_step: 1 }, compute: '1' },
      'config.steps: expected a count from 1 to 100000, got 1000000000',
    ],
    ['no object', 7, 'expected an object with the fields of a case'],
    ['a config that is a list', { ...good, config: [1] }, 'config: expected an object'],
  ])('with %s: that case fails and says so', async (_, odd, message) => {
    const { code, out } = await called(file('odd.json', [odd, good]));
    expect(out).toContain(message);
    expect(out).toContain('ok good\n1 ok, 1 failed');
    expect(code).toBe(1);
  });
});

describe('what is no file of cases', () => {
  test.each([
    ['missing.json', undefined, 'cannot be read'],
    ['broken.json', '[{', 'not valid JSON'],
    ['empty.json', '[]', 'expected cases, got none'],
    ['number.json', '7', 'expected a list of cases, got 7'],
    ['null.json', 'null', 'expected a list of cases, got null'],
    ['nothing.json', '', 'not valid JSON'],
  ])('%s: says so, exit code 2, other files still run', async (name, content, message) => {
    if (content !== undefined) file(name, content);
    const { code, out, err } = await called(name, file('good.json', [good]));
    expect(err).toContain(message);
    expect(err).toContain(name);
    expect(out).toContain('ok good\n1 ok, 0 failed');
    expect(code).toBe(2);
  });

  test('an unknown option: usage, exit code 2', async () => {
    const { code, err } = await called('--jsno');
    expect(err).toContain("Unknown option '--jsno'");
    expect(err).toContain('Usage: npm run parity');
    expect(code).toBe(2);
  });
});

test('names do not matter, content does', async () => {
  expect((await called(file('x.json', [{ ...good, name: 'teacache dbcache' }]))).code).toBe(0);
});

test('a single case, and parts by name', async () => {
  expect((await called(file('one.json', good))).out).toContain('1 ok, 0 failed');
  const parts = file('parts.json', { first: [good], second: [good, good] });
  expect((await called(parts)).out).toContain('3 ok, 0 failed');
});

test('--json', async () => {
  const { code, out } = await called(
    '--json',
    file('bad.json', [good, { ...good, name: 'bad', compute: '1000' }]),
  );
  expect(code).toBe(1);
  const { ok, failed, files } = JSON.parse(out);
  expect([ok, failed]).toEqual([1, 1]);
  expect(files[0].cases[0]).toEqual({
    name: 'good',
    kind: 'VideoSys PAB',
    policy: 'pab(spatial=2,temporal=1,cross=1,low=100,high=800)',
    ok: true,
    differences: [],
  });
  expect(files[0].cases[1].differences[0]).toMatchObject({
    at: 2,
    check: { field: 'compute', actual: '1010' },
  });
});

test('--help', async () => {
  const { code, out } = await called('--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage: npm run parity');
  expect(out).toContain('VideoSys PAB');
});
