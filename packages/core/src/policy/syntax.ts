import { PolicyConfigError } from '../errors.ts';

/** A policy id taken apart: `limit(bwcache(threshold=0.15),maxAge=2)` is a name, one inner policy and one option. */
export interface ParsedId {
  readonly name: string;
  /** Policies that it combines, in order. */
  readonly policies: readonly ParsedId[];
  /** Options in text form. Without a prototype, so that `__proto__` is an unknown option like any other. */
  readonly options: Readonly<Record<string, string>>;
}

/** Policies inside policies, at most. Deeper texts are mistakes, and must not exhaust the stack. */
const DEEPEST = 32;

/**
 * Takes a policy id apart. `name`, or `name(…)` with policies and `option=value` pairs separated by commas.
 *
 * @throws PolicyConfigError `POLICY_SYNTAX` that says what stands where something else was expected
 */
export function parseId(id: string): ParsedId {
  if (typeof id !== 'string') throw syntaxError(String(id), `expected a text, got ${typeof id}`);
  requireBalance(id);
  return parsePart(id, id, 0);
}

/** Said of the whole text first: what is wrong inside a torn pair of parentheses would only mislead. */
function requireBalance(id: string): void {
  const { lowest, open } = depths(id);
  if (lowest < 0) throw syntaxError(id, 'a parenthesis is closed that was not opened');
  if (open > 0) throw syntaxError(id, 'a parenthesis is not closed');
}

/** How deep the parentheses of a text go: at the lowest, and at its end. */
function depths(text: string): { readonly lowest: number; readonly open: number } {
  let [lowest, open] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '(') open += 1;
    if (character === ')') open -= 1;
    if (open < lowest) lowest = open;
  }
  return { lowest, open };
}

function parsePart(id: string, text: string, depth: number): ParsedId {
  if (depth > DEEPEST) throw syntaxError(id, `policies are nested deeper than ${DEEPEST}`);
  const match = /^\s*([A-Za-z][\w-]*)\s*(?:\(([\s\S]*)\))?\s*$/.exec(text);
  // In `a(b)(c)` the first parenthesis does not close with the last.
  if (!match?.[1] || depths(match[2] ?? '').lowest < 0)
    throw syntaxError(id, `expected name or name(option=value,…), got "${text.trim()}"`);
  const policies: ParsedId[] = [];
  const options = Object.create(null) as Record<string, string>;
  for (const part of splitArguments(match[2] ?? '')) {
    const option = /^([\w-]+)\s*=([\s\S]*)$/.exec(part);
    if (option?.[1] === undefined) policies.push(parsePart(id, requirePolicyText(id, part), depth + 1));
    else if (Object.hasOwn(options, option[1])) throw syntaxError(id, `option "${option[1]}" is given twice`);
    else options[option[1]] = (option[2] ?? '').trim();
  }
  return { name: match[1], policies, options };
}

/** What has no `=` must at least look like a policy, or the message would speak of policies to who forgot a value. */
function requirePolicyText(id: string, part: string): string {
  if (/^[A-Za-z][\w-]*\s*(\([\s\S]*\))?$/.test(part)) return part;
  throw syntaxError(id, `expected option=value or a policy, got "${part}"`);
}

/** Splits at the commas that stand in no parentheses. */
function splitArguments(text: string): readonly string[] {
  if (text.trim() === '') return [];
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character !== ',' || depth > 0) continue;
    parts.push(text.slice(start, index).trim());
    start = index + 1;
  }
  return [...parts, text.slice(start).trim()];
}

/** The error for a text that is no policy id. */
function syntaxError(id: string, message: string): PolicyConfigError {
  return new PolicyConfigError('POLICY_SYNTAX', `[core] cannot read the policy "${id}": ${message}`);
}
