import { elsewhere, text } from './fields.ts';
import type { Case } from './kind.ts';
import { CaseError, read, type Fields, type Values } from './read.ts';

/** What a kind of case consists of. */
export interface CaseShape<Config extends Fields, Inputs extends Fields, Own extends Fields> {
  readonly config: Config;
  /** Fields of `inputs`, for kinds that have it. */
  readonly inputs?: Inputs;
  /** Fields of the case itself, besides `name`, `source`, `config` and `inputs`. */
  readonly fields: Own;
}

/** The parts of a case, read. */
export interface CaseValues<Config extends Fields, Inputs extends Fields, Own extends Fields> {
  readonly config: Values<Config>;
  readonly inputs: Values<Inputs>;
  readonly fields: Values<Own>;
}

/** Fields that every case may have. */
const COMMON = { name: text(''), source: text(''), config: elsewhere(), inputs: elsewhere() };

/**
 * Reads a case of which every key must be known.
 *
 * @throws CaseError with everything that is wrong in all of its parts
 */
export function readCase<Config extends Fields, Own extends Fields, Inputs extends Fields = Fields>(
  given: Case,
  shape: CaseShape<Config, Inputs, Own>,
): CaseValues<Config, Inputs, Own> {
  const problems: string[] = [];
  const part = <Shape extends Fields>(
    where: string,
    object: Readonly<Record<string, unknown>>,
    fields: Shape,
  ): Values<Shape> => {
    try {
      return read(where, object, fields);
    } catch (error) {
      if (!(error instanceof CaseError)) throw error;
      problems.push(error.message);
      return {} as Values<Shape>;
    }
  };
  const config = part('config', given.config, shape.config);
  const inputs = part('inputs', given.inputs, shape.inputs ?? ({} as Inputs));
  const fields = part('case', given.fields, { ...COMMON, ...shape.fields });
  if (problems.length > 0) throw new CaseError(problems.join('; '));
  return { config, inputs, fields };
}
