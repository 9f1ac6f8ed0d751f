// The chained custody record: read strictly, its chain checked.
import { equal, toHex } from './bytes';
import { MalformedInput, Tampered } from './errors';
import { checkFree, Fields } from './fields';
import { sha256 } from './hashes';
import { canonicalBytes, objectOf, type Json, type JsonObject } from './json';
import type { Statement } from './statement';

const NO_ENTRY = new Uint8Array(32);

export interface CustodyEntry {
  sequence: number;
  act: string;
  actor: string;
  at: string;
  reason: string;
  details: JsonObject;
  previous: Uint8Array;
  digest: Uint8Array;
}

/** Reads one entry; the digests are checked by checkCustody. */
export function parseEntry(value: Json, where: string): CustodyEntry {
  const fields = new Fields(value, where);
  const details = fields.take('details');
  if (!(details instanceof Map)) throw new MalformedInput('not an object', `${where}.details`);
  checkFree(details, `${where}.details`);
  const entry = {
    sequence: fields.integer('sequence', { low: 1 }),
    act: fields.text('act', { min: 1, max: 100 }),
    actor: fields.text('actor', { min: 1, max: 200 }),
    at: fields.instant('at'),
    reason: fields.text('reason', { max: 1_000 }),
    details,
    previous: fields.hex('previous', { size: 32 }),
    digest: fields.hex('digest', { size: 32 }),
  };
  fields.done();
  return entry;
}

function computedDigest(entry: CustodyEntry): Uint8Array {
  const { digest: _, previous, ...rest } = entry;
  return sha256(canonicalBytes(objectOf({ format: 'hezheng-custody/1', ...rest, previous: toHex(previous) })));
}

/** Does each entry follow the one before? Tampered names the first that does not. */
export function checkCustody(entries: readonly CustodyEntry[]): void {
  let previous: Uint8Array = NO_ENTRY;
  entries.forEach((entry, number) => {
    const where = `custody[${number}]`;
    if (entry.sequence !== number + 1) throw new Tampered(`sequence ${entry.sequence} instead of ${number + 1}`, where);
    if (!equal(entry.previous, previous)) throw new Tampered('does not follow the entry before it', where);
    if (!equal(computedDigest(entry), entry.digest)) throw new Tampered('its digest does not match its content', where);
    previous = entry.digest;
  });
}

/** Is this the first entry that the statement calls for: same act, account, time and commitment? */
export function opensFor(entry: CustodyEntry, statement: Statement): boolean {
  return (
    entry.act === 'received' &&
    entry.actor === statement.submitter.account &&
    entry.at === statement.received_at &&
    entry.details.get('commitment') === toHex(statement.commitment)
  );
}
