import { outputOf, type Tap } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { RecordedTap, Recording } from '../recording.ts';
import { tapKey } from '../taps.ts';
import { readOutline, requireStream, type Outline } from './blocks.ts';
import { readCosts } from './cost-fields.ts';
import {
  count,
  fieldsOf,
  finite,
  FORMAT_PAGE,
  isObject,
  listOf,
  misfit,
  named,
  optional,
  positive,
  text,
  flag,
  type Fields,
} from './fields.ts';
import { readTap, spellTap, type Positions } from './tap-spelling.ts';

/** The name under which the description stands in the metadata of a file. */
export const DESCRIPTION = 'refrain.recording';

/** The version of the format. */
const FORMAT = 1;

/** A recording without its numbers. */
export type Description = Omit<Recording, 'lanes'>;

const KNOWN: readonly string[] = [
  'format',
  'model',
  'architecture',
  'label',
  'steps',
  'timesteps',
  'branches',
  'callsPerStep',
  'guidance',
  'stream',
  'blocks',
  'modules',
  'conditioning',
  'wholeModel',
  'bytesPerElement',
  'stride',
  'taps',
  'elements',
  'costs',
];

/**
 * The fields of a description as they are written: all of them, taps by their short names.
 *
 * @param description - of the recording that is written
 */
export function describe(description: Description): Fields {
  const { taps, stream } = description;
  const spelled = taps.map(({ tap, elements }) => ({ tap: spellTap(tap, stream) ?? tap, elements }));
  return { format: FORMAT, ...description, taps: spelled };
}

/**
 * Reads the text of a description.
 *
 * @param json - undefined where the file has none
 * @throws SimError `RECORDING_FOREIGN`, `RECORDING_BROKEN`
 */
export function parseDescription(json: string | undefined): Description {
  if (json === undefined)
    throw foreign(`metadata with an entry "${DESCRIPTION}"`, 'none: this file holds something else');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SimError(
      'RECORDING_BROKEN',
      `[sim] recording: expected JSON as "${DESCRIPTION}", and it cannot be read`,
      { cause },
    );
  }
  return readDescription(value);
}

/**
 * Checks a description and fills in what was left out.
 *
 * @throws SimError `RECORDING_FOREIGN`, `RECORDING_BROKEN`
 */
export function readDescription(value: unknown): Description {
  const path = DESCRIPTION;
  requireFormat(value);
  const fields = fieldsOf(value, path, KNOWN);
  const outline = readOutline(fields, path);
  const taps = readTaps(fields, path, outline);
  const stream = completed(outline, taps, path);
  const architecture = optional(fields, 'architecture', path, named);
  const costs = optional(fields, 'costs', path, (costFields, at) => readCosts(costFields, at, stream.length));
  return {
    model: named(fields['model'], `${path}.model`),
    ...(architecture !== undefined && { architecture }),
    label: optional(fields, 'label', path, text) ?? '',
    ...stepsOf(fields, path),
    branches: optional(fields, 'branches', path, readBranches) ?? ['conditional'],
    callsPerStep: optional(fields, 'callsPerStep', path, count) ?? 1,
    guidance: optional(fields, 'guidance', path, finite) ?? 1,
    stream,
    wholeModel: optional(fields, 'wholeModel', path, flag) ?? hasWholeModel(taps, stream),
    bytesPerElement: optional(fields, 'bytesPerElement', path, positive) ?? 4,
    stride: optional(fields, 'stride', path, count) ?? 1,
    taps,
    ...(costs && { costs }),
  };
}

function requireFormat(value: unknown): void {
  const format = isObject(value) ? value['format'] : undefined;
  if (format !== FORMAT)
    throw foreign(`"format": ${FORMAT} in "${DESCRIPTION}"`, JSON.stringify(format) ?? 'nothing');
}

function foreign(expected: string, got: string): SimError {
  return new SimError(
    'RECORDING_FOREIGN',
    `[sim] expected a recording of Refrain, with ${expected}, got ${got}. A newer format needs a newer Refrain; ` +
      `${FORMAT_PAGE} says what an importer writes`,
  );
}

function stepsOf(fields: Fields, path: string): Pick<Recording, 'steps' | 'timesteps'> {
  const timesteps = listOf(fields['timesteps'], `${path}.timesteps`, finite);
  if (timesteps.length < 2) throw misfit(`${path}.timesteps`, 'at least 2, one for each step', timesteps);
  const steps = optional(fields, 'steps', path, count) ?? timesteps.length;
  if (steps !== timesteps.length)
    throw misfit(`${path}.steps`, `${timesteps.length}, the number of timesteps`, steps);
  return { steps, timesteps };
}

/** As the executor has them: a lane is called `branch` or `branch.1`. */
function readBranches(value: unknown, path: string): readonly string[] {
  const branches = listOf(value, path, named);
  const isSound = branches.length > 0 && new Set(branches).size === branches.length;
  const areNames = branches.every((branch) => /^[^.:,|()]+$/.test(branch) && branch.trim() === branch);
  if (isSound && areNames) return branches;
  throw misfit(path, 'one or more different names without . : , | ( ) and spaces around them', value);
}

function readTaps(fields: Fields, path: string, stream: Positions): readonly RecordedTap[] {
  const at = `${path}.taps`;
  const elements = optional(fields, 'elements', path, count);
  const taps = listOf(fields['taps'], at, (value, place) => readRecordedTap(value, place, stream, elements));
  const keys = taps.map(({ tap }) => tapKey(tap));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw misfit(at, 'each tap once', twice);
  if (taps.length === 0) throw misfit(at, 'at least one tap', taps);
  return taps;
}

function readRecordedTap(
  value: unknown,
  path: string,
  stream: Positions,
  elementsOfAll: number | undefined,
): RecordedTap {
  const isWrapped = isObject(value) && value['tap'] !== undefined;
  const fields = isWrapped ? fieldsOf(value, path, ['tap', 'elements']) : { tap: value };
  const elements = fields['elements'] ?? elementsOfAll;
  const tapPath = isWrapped ? `${path}.tap` : path;
  return { tap: readTap(fields['tap'], tapPath, stream), elements: count(elements, `${path}.elements`) };
}

/** What was left open follows from what was recorded. */
function completed(outline: Outline, taps: readonly RecordedTap[], path: string): Recording['stream'] {
  const tapped = new Set(taps.map(({ tap }) => tapKey(tap)));
  const conditioning = outline.conditioning ?? namesOf(taps);
  const strange = namesOf(taps).find((name) => !conditioning.includes(name));
  if (strange !== undefined)
    throw misfit(`${path}.conditioning`, `"${strange}" too, which is a tap`, conditioning);
  return requireStream({
    blocks: outline.blocks.map(({ modulated, ...block }) => ({
      ...block,
      modulated: modulated ?? tapped.has(tapKey({ of: 'modulated', at: block.from })),
    })),
    inner: outline.inner,
    conditioning,
  });
}

function namesOf(taps: readonly RecordedTap[]): readonly string[] {
  return taps.flatMap(({ tap }) => (tap.of === 'conditioning' ? [tap.name] : []));
}

/** Sample and output of the model are there. */
function hasWholeModel(taps: readonly RecordedTap[], { length }: Positions): boolean {
  const has = (tap: Tap): boolean => taps.some((recorded) => tapKey(recorded.tap) === tapKey(tap));
  return has({ of: 'stream', at: -1 }) && has({ of: 'stream', at: outputOf(length) });
}
