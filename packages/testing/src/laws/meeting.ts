import type { Sums } from '@refrain/core';

/** Ranks meet here: each brings its sums and takes the total away. */
export class Meeting {
  readonly #ranks: number;
  #brought: (readonly Sums[])[] = [];
  readonly #waiting: ((total: readonly Sums[]) => void)[] = [];

  /** @param ranks - how many there are */
  constructor(ranks: number) {
    this.#ranks = ranks;
  }

  /** Waits until all ranks have brought theirs. */
  bring(sums: readonly Sums[]): Promise<readonly Sums[]> {
    return new Promise((resolve) => {
      this.#brought.push(sums);
      this.#waiting.push(resolve);
      if (this.#brought.length < this.#ranks) return;
      const [first = [], ...rest] = this.#brought;
      const total = first.map((sum, index) => rest.reduce((all, other) => added(all, other[index]), sum));
      this.#brought = [];
      for (const wake of this.#waiting.splice(0)) wake(total);
    });
  }
}

function added(a: Sums, b: Sums | undefined): Sums {
  return {
    numerator: a.numerator + (b?.numerator ?? Number.NaN),
    denominator: a.denominator + (b?.denominator ?? Number.NaN),
    count: a.count + (b?.count ?? Number.NaN),
  };
}
