// What a verification answers: four answers, each resting on listed checks; never one green tick.

export const ANSWERS = ['integrity', 'time', 'submitter', 'origin'] as const;
export type Answer = (typeof ANSWERS)[number];

/** UNDETERMINED: not provided, or nobody could be asked; never a sign of forgery. */
export type Status = 'PASSED' | 'FAILED' | 'UNDETERMINED';

export type Fact = string | number | boolean | null | Fact[] | { [name: string]: Fact };
export type Facts = { [name: string]: Fact };

/** `reason` of a check that could not be made because the proof does not hold what it needs. */
export const NOT_PROVIDED = 'not_provided';

/** One check. code: stable name such as `file.sha256`; detail: facts (times are RFC 3339 UTC). */
export interface Check {
  answer: Answer;
  code: string;
  status: Status;
  detail: Facts;
}

export function check(answer: Answer, code: string, status: Status, detail: Facts = {}): Check {
  return { answer, code, status, detail };
}

/** PASSED or FAILED. */
export function passedIf(good: boolean): Status {
  return good ? 'PASSED' : 'FAILED';
}

/** All checks, in the order in which they were made. */
export class Verdict {
  constructor(readonly checks: readonly Check[]) {}

  /** The checks that one answer rests on. */
  of(answer: Answer): Check[] {
    return this.checks.filter((one) => one.answer === answer);
  }

  /** FAILED if any check failed, else UNDETERMINED if any is (or there is none), else PASSED. */
  status(answer: Answer): Status {
    const statuses = this.of(answer).map((one) => one.status);
    if (statuses.includes('FAILED')) return 'FAILED';
    return statuses.length === 0 || statuses.includes('UNDETERMINED') ? 'UNDETERMINED' : 'PASSED';
  }

  /** Is the answer undetermined only because something was not provided? */
  missing(answer: Answer): boolean {
    const open = this.of(answer).filter((one) => one.status !== 'PASSED');
    return open.length > 0 && open.every((one) => one.detail['reason'] === NOT_PROVIDED);
  }

  /** Did all four answers pass? For tests and exit codes, never for a page. */
  get passed(): boolean {
    return ANSWERS.every((answer) => this.status(answer) === 'PASSED');
  }

  /** {"answers": {answer: status}, "checks": […]}. */
  asJson(): { answers: Record<string, Status>; checks: readonly Check[] } {
    return { answers: Object.fromEntries(ANSWERS.map((answer) => [answer, this.status(answer)])), checks: this.checks };
  }
}
