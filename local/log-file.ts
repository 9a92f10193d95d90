import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'

const longestBytes = 20 * 1024 * 1024
const tailBytes = 16 * 1024

/** Opens a log for appending; a long one is first moved to `<file>.1`. The caller closes the descriptor. */
export function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > longestBytes) renameSync(file, `${file}.1`)
  return openSync(file, 'a')
}

/** How long a log is now, to tell this start's lines from older ones. */
export const logLength = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** The last lines of a log, of those written after the byte `since`. */
export function logTail(file: string, lines: number, since = 0): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const { size } = fstatSync(descriptor)
    const start = Math.max(since, size - tailBytes, 0)
    const bytes = Buffer.alloc(Math.max(0, size - start))
    readSync(descriptor, bytes, 0, bytes.length, start)
    return bytes.toString().trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return ''
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
