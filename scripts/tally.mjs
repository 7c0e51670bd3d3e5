// Prints the sum of vitest's JSON reports as one line, `N passed, N failed`. A report that is missing, and a test file
// that could not even be loaded, count as one failure each: nothing that did not run may look like success.
import { readFileSync } from 'node:fs';

const total = { passed: 0, failed: 0, skipped: 0 };
for (const path of process.argv.slice(2)) {
  const report = read(path);
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests;
  total.skipped += report.numPendingTests + report.numTodoTests;
  for (const file of report.testResults) {
    const names = file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => fullName);
    if (file.status === 'failed' && names.length === 0) {
      total.failed += 1;
      names.push(`could not run: ${file.message}`);
    }
    for (const name of names) console.log(`FAILED ${file.name}: ${name}`);
  }
}

if (total.skipped > 0) console.log(`(${total.skipped} skipped)`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/**
 * @typedef {{ status: string, fullName: string }} Test
 * @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} File
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number }} Counts
 */

/**
 * @param {string} path
 * @returns {Counts & { testResults: File[] }}
 */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    console.log(`FAILED no test report at ${path}`);
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
