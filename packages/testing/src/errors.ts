import { RefrainError } from '@refrain/core';

/** What this package refuses. */
export type TestingErrorCode = 'LAW_BROKEN' | 'CASES_UNSUITABLE' | 'OPTION_INVALID';

/** A law is broken, or the cases that it should be tried on cannot be made. */
export class TestingError extends RefrainError<TestingErrorCode> {}
