/** A policy id taken apart. */
export interface PolicyParameters {
  /** Names without options: `bwcache`, `forecast(teacache)`. */
  readonly family: string;
  /** Options by name; those of a policy inside another one as `teacache.threshold`. */
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Takes the text of a policy id apart: policies of one family differ in their options only.
 *
 * @param id - in canonical form
 */
export function policyParameters(id: string): PolicyParameters {
  const options = new Map<string, string>();
  return { family: readPolicy(id, '', options), options };
}

function readPolicy(id: string, path: string, options: Map<string, string>): string {
  const bracket = id.indexOf('(');
  if (bracket < 0) return id;
  const inner: string[] = [];
  for (const part of partsOf(id.slice(bracket + 1, -1))) {
    const option = /^([A-Za-z]\w*)=(.*)$/s.exec(part);
    if (option) options.set(`${path}${option[1]}`, option[2] ?? '');
    else inner.push(readPolicy(part, `${path}${part.split('(')[0]}.`, options));
  }
  const name = id.slice(0, bracket);
  return inner.length === 0 ? name : `${name}(${inner.join(',')})`;
}

/** What stands between the commas that are in no bracket. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character !== ',' || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part !== '');
}
