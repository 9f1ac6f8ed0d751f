// What a reader gives: a file or digests that were typed, the proof file, perhaps the hash of a block. All read strictly.
import { t } from '../lib/text';
import type { BlockHash } from '../verifier/blockchecks';
import { fromHex } from '../verifier/bytes';
import { EvidenceError, UnknownVersion } from '../verifier/errors';
import { MAX_PROOF_BYTES, parseProof, type Proof } from '../verifier/proof';
import type { FileDigest } from '../verifier/statement';
import type { KnownFile } from '../verifier/verify';
import { digestFile } from '../upload/hasher';

/** Something that the reader can put right; field: the name of the input, where there is one. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly field: string | null = null,
    readonly where: string | null = null,
    readonly technical: string | null = null,
  ) {
    super(message);
  }
}

/** Text of the fields for digests; empty where nothing was typed. */
export interface Typed {
  sha256: string;
  sm3: string;
  size: string;
}

/** 32 bytes of hexadecimal as people copy it: any case, spaces, colons, with or without 0x; null for an empty field. */
export function readHash(text: string, field: string): Uint8Array | null {
  const digits = text.replace(/[\s:]/g, '').replace(/^0x/i, '').toLowerCase();
  if (!digits) return null;
  const bytes = fromHex(digits);
  if (bytes?.length !== 32) throw new Problem(t('这里应当是 64 位十六进制数字。'), field);
  return bytes;
}

/** Text of the fields for a block; empty where nothing was typed. */
export interface TypedBlock {
  number: string;
  hash: string;
}

/** Number and hash of a block; null when neither was typed. */
export function readBlock(typed: TypedBlock): BlockHash | null {
  const hash = readHash(typed.hash, 'block_hash');
  const digits = typed.number.replace(/[\s,，]/g, '');
  if (!hash && !digits) return null;
  if (!/^\d{1,15}$/.test(digits)) throw new Problem(t('区块编号应当是整数，与区块哈希一起填写。'), 'block_number');
  if (!hash) throw new Problem(t('请同时填写这个区块的哈希。'), 'block_hash');
  return { number: Number(digits), hash };
}

/** What was typed about a file; null when nothing was. */
export function readTyped(typed: Typed): KnownFile {
  const found: Partial<FileDigest> = {};
  const [sha256, sm3] = [readHash(typed.sha256, 'sha256'), readHash(typed.sm3, 'sm3')];
  if (sha256) found.sha256 = sha256;
  if (sm3) found.sm3 = sm3;
  const size = typed.size.replace(/[\s,，]/g, '');
  if (size && !/^\d{1,15}$/.test(size)) throw new Problem(t('大小应当是以字节计的整数。'), 'size');
  if (size) found.size = Number(size);
  return Object.keys(found).length ? found : null;
}

/** Digests from the fragment of an address: `#sha256=…&sm3=…&size=…`. Fragments are never sent to a server. */
export function typedFromFragment(fragment: string): Typed | null {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const typed = { sha256: values.get('sha256') ?? '', sm3: values.get('sm3') ?? '', size: values.get('size') ?? '' };
  return typed.sha256 || typed.sm3 || typed.size ? typed : null;
}

/** Digests of a file, computed beside the page. */
export async function readFile(file: File, workerUrl: string, progress: (done: number) => void, signal: AbortSignal): Promise<KnownFile> {
  const { sha256, sm3, size } = await digestFile(file, workerUrl, progress, signal);
  return { sha256: fromHex(sha256) ?? new Uint8Array(), sm3: fromHex(sm3) ?? new Uint8Array(), size };
}

/** The bytes of a small file; a Problem when it is too large or cannot be read. */
export async function readSmall(file: File, most: number, field: string): Promise<Uint8Array> {
  if (file.size > most) throw new Problem(t('这个文件太大，不是和证的文件。请检查是否选错。'), field);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Problem(t('文件在读取时发生变化或者无法读取，请重新选择。'), field);
  }
}

/** A proof file that a reader chose. */
export async function readProof(file: File): Promise<Proof> {
  const data = await readSmall(file, MAX_PROOF_BYTES, 'proof');
  return refusing('proof', () => parseProof(data));
}

/** Reads, and turns a refusal into a Problem with its place. */
export function refusing<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const message =
      error instanceof UnknownVersion
        ? t('这个文件的格式名称不是本页所认识的。请检查是否选错了文件，或者索取新版的核验页面。')
        : field === 'proof'
          ? t('证明文件无法读取：它是空的、不完整，或者不是和证的证明文件。')
          : t('信任根无法读取：它是空的、不完整，或者不是和证的信任根。');
    throw new Problem(message, field, error.where, error.message);
  }
}
