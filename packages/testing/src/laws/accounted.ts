import { passesOf, type Course } from '../walk/course.ts';
import { bookedTime, reportInFull } from './accounted-runs.ts';
import type { Breach, PolicyLaw } from './law.ts';

/** Law 14. */
export const accounted: PolicyLaw = {
  name: 'accounted',
  number: 14,
  statement: 'Spans cover each pass exactly once from its first position to its last, and times add up.',
  matters:
    'A reuse rate, a speed-up or a mask is worth what its sums are worth; a site passed over is a wrong picture.',
  fault:
    "ComfyUI's EasyCache counted the skips of Heun's two calls a step twice: 100 % skipped, then a division by zero.",
  course(course) {
    const passes = passesOf(course.decisions);
    if (passes.length !== course.passes)
      return { reason: `${course.passes} passes were gone through, decisions tell of ${passes.length}` };
    for (const pass of passes) {
      const breach = inPass(course, pass);
      if (breach) return breach;
    }
    return undefined;
  },
  runs: [bookedTime, reportInFull],
};

function inPass(course: Course, pass: Course['decisions']): Breach | undefined {
  const start = pass[0]?.site === -1 ? -1 : 0;
  const end = start === -1 ? course.length + 1 : course.length;
  let site = start;
  for (const record of pass) {
    const moves = record.did === 'measured' ? record.until === site : record.until > site;
    if (record.site !== site || !moves)
      return {
        reason: `the pass stands at ${site}, and its next decision goes from ${record.site} to ${record.until}`,
        index: course.decisions.indexOf(record),
      };
    site = record.until;
  }
  const last = pass.at(-1);
  if (site === end || !last) return undefined;
  return { reason: `a pass ends at ${site}, expected ${end}`, index: course.decisions.indexOf(last) };
}
