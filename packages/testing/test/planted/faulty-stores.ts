import type { RunOptions } from '@refrain/core';
import type { Tracked } from '../../src/index.ts';
import { executor, original, wrapped, type PlantedExecutor } from './faulty-executors.ts';

/** Faults of what executors remember, and of whom they remember it for. */
export const faultyStores: readonly PlantedExecutor[] = [
  {
    fault: 'windows grow without bound: nothing that was kept is ever dropped',
    from: 'DiCache FLUX, residual windows that are only appended to',
    caughtBy: ['bounded-memory'],
    make: () =>
      executor((runner, policy) =>
        original(runner, { ...policy, needs: { ...policy.needs, history: Number.MAX_SAFE_INTEGER } }),
      ),
  },
  {
    fault: 'a second generation cannot start while a first one is running',
    from: 'cache-dit, `_is_cached` on the class: a bare AssertionError',
    caughtBy: ['isolated'],
    make() {
      let running = false;
      return executor((runner, policy) => {
        const model = original(runner, policy);
        return {
          ...model,
          start(options: RunOptions) {
            if (running) throw new Error('assert not cls._is_cached');
            running = true;
            const run = model.start(options);
            const stopped = (): void => {
              if (run.report().status !== 'running') running = false;
            };
            return {
              ...wrapped(run, async (input, place) => {
                const output = await run.step(input, place);
                stopped();
                return output;
              }),
              end() {
                run.end();
                running = false;
              },
            };
          },
        };
      });
    },
  },
  {
    fault: 'both branches count with one counter and look at one indicator',
    from: 'diffusers PAB, which has no contexts for conditional and unconditional',
    caughtBy: ['isolated'],
    make: () => executor((runner, policy) => original(runner, { ...policy, shared: true })),
  },
  {
    fault: 'an entry holds something else than its form says',
    from: 'cache-dit, mode "hidden_states" that stores residuals in patterns 3, 4 and 5',
    caughtBy: ['nothing-from-nothing'],
    make: () =>
      executor((runner, policy) => {
        const { ops } = runner;
        const itself = (a: Tracked): Tracked => ops.combine([{ weight: 1, feature: a }]) as Tracked;
        return original({ ...runner, ops: { ...ops, subtract: itself } }, policy);
      }),
  },
];
