// Answers one question in the form of a test vector: what the verifier says about it, or why it refuses. For run.mjs.
import { createSHA256, createSM3 } from 'hash-wasm';
import { fromBase64 } from './bytes';
import { EvidenceError, MalformedInput } from './errors';
import { parseInstant } from './instant';
import { bytesOf, RecordedLedger, type LedgerJson } from './ledger';
import { parseProof } from './proof';
import { parseTrust, type TrustRoot } from './trust';
import { verify, type KnownFile } from './verify';

/** As a test vector; proof: text, or bytes in base64 as `proof_base64`. */
interface Question {
  file: string | null;
  trust: unknown;
  at: string;
  block: { number: number; hash: string } | null;
  proof?: string;
  proof_base64?: string;
  ledger: LedgerJson | null;
}

async function digested(file: string | null): Promise<KnownFile> {
  const bytes = file === null ? null : fromBase64(file);
  if (!bytes) return null;
  const [sha256, sm3] = await Promise.all([createSHA256(), createSM3()]);
  return { sha256: sha256.init().update(bytes).digest('binary'), sm3: sm3.init().update(bytes).digest('binary'), size: bytes.length };
}

let known: { text: string; trust: TrustRoot } | null = null;

function trustOf(value: unknown): TrustRoot {
  const text = JSON.stringify(value);
  if (known?.text !== text) known = { text, trust: parseTrust(text) };
  return known.trust;
}

/** The verdict as JSON; `malformed` with the place; `crash` for what must never happen. */
export async function answer(question: Question): Promise<unknown> {
  const trust = trustOf(question.trust);
  try {
    const proof = parseProof(question.proof ?? fromBase64(question.proof_base64 ?? '') ?? '');
    const verdict = await verify(await digested(question.file), proof, {
      trust,
      at: parseInstant(question.at, 'at'),
      block: question.block && { number: question.block.number, hash: bytesOf(question.block.hash) },
      reader: question.ledger ? new RecordedLedger(question.ledger) : null,
    });
    return verdict.asJson();
  } catch (error) {
    if (error instanceof MalformedInput) return { malformed: error.where, message: error.message };
    if (error instanceof EvidenceError) return { error: error.message };
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
