import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

const PROMPT = 'large red circle static black';

/** A mistake is told in a line or two, with what to do, and never with a stack trace. */
async function expectMistake(
  argv: readonly string[],
  exitCode: number,
  ...texts: readonly RegExp[]
): Promise<void> {
  const result = await run(argv);
  expect(result.exitCode, result.err).toBe(exitCode);
  for (const text of texts) expect(result.err).toMatch(text);
  expect(result.err).not.toMatch(/\n\s+at .*\(/);
  expect(result.out).toBe('');
}

describe('a mistaken call is explained', () => {
  it('without a command', () => expectMistake([], 2, /Usage: refrain/));

  it('with a mistyped command', () => expectMistake(['comprae'], 2, /unknown command 'comprae'.*compare/s));

  it('with a mistyped option', () =>
    expectMistake(['compare', '--step', '9'], 2, /unknown option '--step'.*--steps/s));

  it('with an unknown policy', () =>
    expectMistake(
      ['compare', '--policy', 'bwcash(threshold=0.1)'],
      2,
      /no policy is called "bwcash": did you mean "bwcache"/,
    ));

  it('with an unknown option of a policy', () =>
    expectMistake(['compare', '--policy', 'bwcache(treshold=0.1)'], 2, /treshold.*did you mean "threshold"/));

  it('with a negative threshold', () =>
    expectMistake(
      ['compare', '--policy', 'bwcache(threshold=-0.1)'],
      2,
      /threshold: expected a number of at least 0, got -0.1/,
    ));

  it('with a threshold that is not a number', () =>
    expectMistake(
      ['compare', '--policy', 'bwcache(threshold=NaN)'],
      2,
      /threshold: expected a number of at least 0, got "NaN"/,
    ));

  it('with an interval below 1', () =>
    expectMistake(
      ['compare', '--policy', 'bwcache(interval=0)'],
      2,
      /interval: expected an integer of at least 1.*got 0/,
    ));

  it('with too few steps', () => expectMistake(['compare', '--steps', '1'], 2, /from 2 to 10000, got "1"/));

  it('with steps that are not a number', () =>
    expectMistake(['compare', '--steps', 'many'], 2, /integer.*"many"/));

  it('with more threads than there are cores', () =>
    expectMistake(['compare', '--threads', '100000'], 2, /integer from 1 to \d+, got "100000"/));

  it('with a seed that is too large', () =>
    expectMistake(['compare', '--seed', '4294967296'], 2, /integer from 0 to 4294967295/));

  it('with words outside the vocabulary', () =>
    expectMistake(
      ['generate', 'large red elephant bounse'],
      2,
      /"elephant"/,
      /"bounse" \(did you mean "bounce"\?\)/,
      /Use only: red, green/,
    ));

  it('with a prompt that is too long', () =>
    expectMistake(['generate', Array(9).fill('red').join(' ')], 2, /at most 8|8 words/));

  it('without a prompt', () => expectMistake(['generate'], 2, /generate needs a prompt/));

  it('with a prompt file that is not there', () =>
    expectMistake(
      ['compare', '--prompts', '/nowhere/prompts.txt'],
      2,
      /cannot read the prompts of \/nowhere\/prompts.txt/,
    ));

  it('with a file of policies that is not there, or has a mistake', async () => {
    await expectMistake(
      ['compare', '--policies', '/nowhere/policies.txt'],
      2,
      /cannot read the policies of \/nowhere\/policies.txt/,
    );
    const file = join(temporaryFolder(), 'policies.txt');
    writeFileSync(file, '# two\nnever\nforra(interval=2)\n');
    await expectMistake(['compare', '--policies', file], 2, /did you mean "fora"/);
  });

  it('with an execution provider that is not there', () =>
    expectMistake(['generate', PROMPT, '--provider', 'cuda'], 1, /cuda/, /PROVIDER_UNAVAILABLE/));

  it('with an output folder that cannot be written', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    return expectMistake(
      ['compare', '--out', join(folder, 'file', 'deeper')],
      1,
      /cannot write .*deeper/,
      /--out/,
    );
  });
});

describe('a broken model folder is explained', () => {
  const model = join(
    dirname(fileURLToPath(import.meta.resolve('@refrain/latte-mini/package.json'))),
    'model',
  );

  it('when a file is missing', () => {
    const folder = copyModel(model);
    rmSync(join(folder, 'transformer.onnx'));
    return expectMistake(
      ['generate', PROMPT, '--model', folder],
      1,
      /transformer\.onnx/,
      /MODEL_FILE_MISSING/,
    );
  });

  it('when a file is corrupt', () => {
    const folder = copyModel(model);
    const path = join(folder, 'transformer.onnx');
    const bytes = readFileSync(path);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    return expectMistake(
      ['generate', PROMPT, '--model', folder],
      1,
      /transformer\.onnx/,
      /MODEL_FILE_CORRUPT/,
    );
  });

  it('when the folder is not there', () =>
    expectMistake(['generate', PROMPT, '--model', '/nowhere/model'], 1, /nowhere/, /MODEL_FILE_MISSING/));
});

describe('help', () => {
  it('is given for the program and its commands, and is no error', async () => {
    for (const argv of [['--help'], ['compare', '--help'], ['generate', '--help']]) {
      const { exitCode, out, err } = await run(argv);
      expect(exitCode).toBe(0);
      expect(out).toMatch(/Usage: refrain/);
      expect(err).toBe('');
    }
  });

  it('lists all policies with their options', async () => {
    const { out } = await run(['policies', '--json']);
    const catalogue = JSON.parse(out) as readonly { name: string; options: readonly { name: string }[] }[];
    expect(catalogue.map(({ name }) => name)).toContain('bwcache');
    expect(catalogue.find(({ name }) => name === 'pab')?.options.map(({ name }) => name)).toContain(
      'temporal',
    );
    expect((await run(['policies'])).out).toMatch(/threshold=0.15/);
  });
});

function copyModel(model: string): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder, { recursive: true });
  cpSync(model, folder, { recursive: true });
  return folder;
}
