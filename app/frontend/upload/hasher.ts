// Both digests of a file, computed in a worker of our own so that the page stays responsive.
import { t } from '../lib/text';

/** Lower-case hexadecimal digests and the size in bytes of the same file. */
export interface FileDigests {
  sha256: string;
  sm3: string;
  size: number;
}

export interface DigestQuestion {
  file: Blob;
}

export interface DigestReport {
  done?: number;
  digests?: FileDigests;
  failure?: string;
}

/** Digests `file` with the worker at `workerUrl`; `progress` hears the bytes read so far. */
export function digestFile(
  file: Blob,
  workerUrl: string,
  progress: (done: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<FileDigests> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl);
    const close = (finish: () => void): void => {
      worker.terminate();
      finish();
    };
    signal?.addEventListener('abort', () => close(() => reject(new DOMException('aborted', 'AbortError'))));
    worker.addEventListener('message', (event: MessageEvent<DigestReport>) => {
      const { done, digests, failure } = event.data;
      if (done !== undefined) progress(done);
      if (digests) close(() => resolve(digests));
      if (failure !== undefined) close(() => reject(new Error(t('文件在读取时发生变化或者无法读取，请重新选择。'))));
    });
    worker.addEventListener('error', () =>
      close(() => reject(new Error(t('此浏览器无法计算文件摘要，请改用系统自带的浏览器打开本页。')))),
    );
    worker.postMessage({ file } satisfies DigestQuestion);
  });
}
