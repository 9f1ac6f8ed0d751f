// The kinds of failure that the verifier reports; anything else that is thrown is a bug.
// Not here: verdicts (see verdict.ts) and words for readers (see words.ts).

/** Base of every error that is raised on purpose. where: path of the offending value; code: a short stable name. */
export class EvidenceError extends Error {
  constructor(
    message: string,
    readonly where: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

/** Bytes or JSON that do not have the documented shape. */
export class MalformedInput extends EvidenceError {}

/** A format name that this verifier does not know; never guessed at. */
export class UnknownVersion extends MalformedInput {}

/** A signature, a certificate or a chain that does not hold. */
export class Tampered extends EvidenceError {}

/** A node that could not be asked. Leads to UNDETERMINED, never to FAILED. */
export class Unavailable extends EvidenceError {}
