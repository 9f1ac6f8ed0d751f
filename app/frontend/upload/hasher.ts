// Both digests of a file, computed in a worker of our own so that the page stays responsive.
import { Refusal } from '../lib/api';
import { t } from '../lib/text';

/** Lower-case hexadecimal digests and the size in bytes of the same file. */
export interface FileDigests {
  sha256: string;
  sm3: string;
  size: number;
}

export interface DigestQuestion {
  file: Blob;
  /** Bytes after which the SHA-256 of what was read so far is told. */
  mark?: number | undefined;
}

export interface DigestReport {
  done?: number;
  marked?: string;
  digests?: FileDigests;
  failure?: string;
}

/** A beginning of a file: `marked` hears the SHA-256 of its first `at` bytes, in lower-case hexadecimal. */
export interface Mark {
  at: number;
  marked(sha256: string): void;
}

/**
 * Digests `file` with the worker at `workerUrl`; `progress` hears the bytes read so far. Rejects with Refusal
 * (file_unreadable) when the file cannot be read as it was when it was chosen.
 */
export function digestFile(
  file: Blob,
  workerUrl: string,
  progress: (done: number) => void = () => undefined,
  signal?: AbortSignal,
  mark?: Mark,
): Promise<FileDigests> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl);
    const close = (finish: () => void): void => {
      worker.terminate();
      finish();
    };
    signal?.addEventListener('abort', () => close(() => reject(new DOMException('aborted', 'AbortError'))));
    worker.addEventListener('message', (event: MessageEvent<DigestReport>) => {
      const { done, marked, digests, failure } = event.data;
      if (done !== undefined) progress(done);
      if (marked !== undefined) mark?.marked(marked);
      if (digests) close(() => resolve(digests));
      if (failure !== undefined) close(() => reject(unreadable()));
    });
    worker.addEventListener('error', () =>
      close(() => reject(new Error(t('此浏览器无法计算文件摘要，请改用系统自带的浏览器打开本页。')))),
    );
    worker.postMessage({ file, mark: mark?.at } satisfies DigestQuestion);
  });
}

/** What is told when a chosen file was changed, moved or unplugged: the browser refuses to read on. */
export function unreadable(): Refusal {
  return new Refusal('file_unreadable', t('文件在读取时被改动、移走或者无法读取，没有出具回执。请确认它不再变化，再重新选择。'), 0);
}

/** Whether a chosen file is still as it was when it was chosen. */
export async function stillReadable(file: Blob): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
