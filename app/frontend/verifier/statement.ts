// A statement about one file, read strictly; its canonical bytes and commitment.
import { MalformedInput } from './errors';
import { checkFree, Fields } from './fields';
import { sha256 } from './hashes';
import { canonicalBytes, objectOf, type Json } from './json';

const KINDS = ['exhibit', 'minutes', 'settlement', 'preservation', 'ruling'] as const;
const FORMS = ['original', 'copy'] as const;
const MAX_CANONICAL_BYTES = 65_536;
const ORIGIN_TEXTS = ['made_by', 'made_at', 'device', 'method', 'compared_by', 'compared_at', 'proves'] as const;

/** Both digests and the size in bytes of one file. */
export interface FileDigest {
  sha256: Uint8Array;
  sm3: Uint8Array;
  size: number;
}

export interface Submitter {
  account: string;
  role: string;
  identity_method: string;
}

export interface Origin extends Record<(typeof ORIGIN_TEXTS)[number], string | null> {
  form: (typeof FORMS)[number];
}

export interface Statement {
  kind: (typeof KINDS)[number];
  case_ref: string;
  media_type: string;
  digest: FileDigest;
  submitter: Submitter;
  received_at: string;
  /** number and file_name of an exhibit; title of another document. */
  number: string | null;
  file_name: string | null;
  title: string | null;
  origin: Origin | null;
  /** SHA-256 of the canonical bytes of the whole statement. */
  commitment: Uint8Array;
  /** SHA-256 of the canonical bytes of the submitter. */
  subject: Uint8Array;
}

/** Reads the JSON object strictly; the place is named in what it refuses. */
export function parseStatement(value: Json, where: string): Statement {
  const fields = new Fields(value, where);
  fields.format('hezheng-statement/1');
  const kind = fields.word('kind', KINDS);
  fields.hex('salt', { size: 32 });
  const body = fields.object('body');
  fields.done();
  const shared = readShared(body);
  const own = kind === 'exhibit' ? readExhibit(body) : readDocument(body);
  body.done();
  const canonical = canonicalBytes(value);
  if (canonical.length > MAX_CANONICAL_BYTES) throw new MalformedInput(`longer than ${MAX_CANONICAL_BYTES} bytes`, where);
  const subject = sha256(canonicalBytes(objectOf({ ...shared.submitter })));
  return { kind, ...shared, ...own, subject, commitment: sha256(canonical) };
}

function readShared(body: Fields): Pick<Statement, 'case_ref' | 'media_type' | 'digest' | 'submitter' | 'received_at'> {
  const short = { min: 1, max: 200 };
  const case_ref = body.text('case_ref', short);
  const media_type = body.text('media_type', short);
  const digest = readDigest(body.object('digest'));
  const person = body.object('submitter');
  const submitter = {
    account: person.text('account', short),
    role: person.text('role', short),
    identity_method: person.text('identity_method', short),
  };
  person.done();
  return { case_ref, media_type, digest, submitter, received_at: body.instant('received_at') };
}

function readDigest(fields: Fields): FileDigest {
  const digest = { sha256: fields.hex('sha256', { size: 32 }), sm3: fields.hex('sm3', { size: 32 }), size: fields.integer('size') };
  fields.done();
  return digest;
}

type Own = Pick<Statement, 'number' | 'file_name' | 'title' | 'origin'>;

function readExhibit(body: Fields): Own {
  const number = body.text('number', { min: 1, max: 100 });
  const file_name = body.text('file_name', { min: 1, max: 500 });
  body.boolean('secret');
  const fields = body.object('origin');
  const origin = { form: fields.word('form', FORMS) } as Origin;
  for (const key of ORIGIN_TEXTS) origin[key] = fields.optionalText(key, 2_000);
  fields.done();
  return { number, file_name, title: null, origin };
}

function readDocument(body: Fields): Own {
  const title = body.text('title', { min: 1, max: 500 });
  const details = body.take('details');
  if (!(details instanceof Map)) throw new MalformedInput('not an object', body.path('details'));
  checkFree(details, body.path('details'));
  return { number: null, file_name: null, title, origin: null };
}
