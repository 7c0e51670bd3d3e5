/** What went wrong, for programs: every error that Refrain throws carries one of these codes. */
export type ErrorCode =
  | 'POLICY_UNKNOWN'
  | 'POLICY_SYNTAX'
  | 'POLICY_OPTIONS'
  | 'POLICY_NEEDS'
  | 'POLICY_FIT'
  | 'POLICY_CONTRACT'
  | 'RUN_OPTIONS'
  | 'RUN_STATE'
  | 'RUN_ORDER'
  | 'RUN_ABORTED'
  | 'RUNNER_CONTRACT'
  | 'RUNNER_FAILED'
  | 'FEATURE_MISMATCH';

/**
 * The base of all errors of Refrain. The message says what was expected, what came and what to do.
 *
 * @example
 * ```ts
 * try {
 *   parsePolicy('bwcash(threshold=0.15)');
 * } catch (error) {
 *   if (error instanceof RefrainError && error.code === 'POLICY_UNKNOWN') console.error(error.message);
 * }
 * ```
 */
export class RefrainError<Code extends string = string> extends Error {
  /** Stable identifier of the kind of error. */
  readonly code: Code;

  /**
   * @param code - stable identifier of the kind of error
   * @param message - what was expected, what came, what to do
   * @param options - `cause`: the error underneath
   */
  constructor(code: Code, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One thing that is wrong with the options of a policy. */
export interface OptionIssue {
  /** Name of the option, or the text that could not be read as one. */
  readonly option: string;
  /** What was expected and what came. */
  readonly message: string;
}

/** A policy was asked for by a name, a text or options that do not make one: `POLICY_UNKNOWN`, `POLICY_SYNTAX` or `POLICY_OPTIONS`. */
export class PolicyConfigError extends RefrainError<'POLICY_UNKNOWN' | 'POLICY_SYNTAX' | 'POLICY_OPTIONS'> {
  /** Everything that is wrong, not only the first. */
  readonly issues: readonly OptionIssue[];

  /**
   * @param code - which kind of mistake
   * @param message - the whole story in one text
   * @param issues - the mistakes one by one
   */
  constructor(
    code: 'POLICY_UNKNOWN' | 'POLICY_SYNTAX' | 'POLICY_OPTIONS',
    message: string,
    issues: readonly OptionIssue[] = [],
  ) {
    super(code, message);
    this.issues = issues;
  }
}

/**
 * A policy needs what the runner does not offer (`POLICY_NEEDS`), has constants that cannot work for the run
 * (`POLICY_FIT`), or gave an impossible decision (`POLICY_CONTRACT`).
 */
export class PolicyError extends RefrainError<'POLICY_NEEDS' | 'POLICY_FIT' | 'POLICY_CONTRACT'> {}

/** A runner broke its contract (`RUNNER_CONTRACT`) or threw (`RUNNER_FAILED`, with its error as `cause`). */
export class RunnerError extends RefrainError<'RUNNER_CONTRACT' | 'RUNNER_FAILED'> {}

/** A run was started or used in a way that cannot work: `RUN_OPTIONS`, `RUN_STATE`, `RUN_ORDER`, or it was aborted: `RUN_ABORTED`. */
export class RunError extends RefrainError<'RUN_OPTIONS' | 'RUN_STATE' | 'RUN_ORDER' | 'RUN_ABORTED'> {}

/** Two features that should have had the same shape did not. */
export class FeatureError extends RefrainError<'FEATURE_MISMATCH'> {}
