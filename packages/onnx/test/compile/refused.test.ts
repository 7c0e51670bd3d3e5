import { describe, expect, test } from 'vitest';
import { compileModel, type CompileOptions } from '../../src/index.ts';
import { rejectionOf } from '../catch.ts';
import { tinyModel } from '../make-model.ts';

const both = ['conditional', 'unconditional'];

describe('what cannot be written into a graph is refused with the reason', () => {
  test.each<[string, Omit<CompileOptions, 'model' | 'policy'>, RegExp]>([
    [
      'bwcache(threshold=0.3,select=blocks)',
      { steps: 10 },
      /each block decides for itself: use select=stack/,
    ],
    [
      'easycache(threshold=0.3,variant=wan)',
      { steps: 20, branches: both },
      /first branch decides for the others/,
    ],
    ['never', {}, /never reuses anything/],
    ['taylorseer(order=1,warmUp=2)', { steps: 10 }, /combines 2 past features/],
    ['pab(spatial=2,temporal=3)', { steps: 10 }, /decides at each attention/],
    ['firstOf(fbcache(threshold=0.1),fora(interval=3))', { steps: 10 }, /made of other policies/],
    ['dbcache(threshold=0.2)', { steps: 10 }, /cannot be compiled/],
    ['teacache(threshold=0.3)', {}, /number of steps/],
    ['bwcache(threshold=0.3,low=100)', { steps: 10 }, /timesteps/],
    ['fixed(mask=11)', { steps: 2 }, /reuses nothing/],
    ['fora(interval=3)', { steps: 100_000 }, /from 2 to 1000 steps/],
    ['fora(interval=3)', { steps: 10, branches: [] }, /at least one guidance branch/],
  ])('%s', async (policy, options, why) => {
    const error = await rejectionOf(compileModel({ model: tinyModel(3), policy, ...options }));
    expect(error.code).toBe('POLICY_NOT_COMPILABLE');
    expect(error.message).toMatch(why);
  });
});

test('the variant of EasyCache whose first branch decides is compiled for a single branch', async () => {
  const { description } = await compileModel({
    model: tinyModel(3),
    policy: 'easycache(threshold=0.3,variant=wan)',
    steps: 20,
  });
  expect(description.branches).toEqual(['conditional']);
});
