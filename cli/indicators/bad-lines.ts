/** A line that cannot be used where none may be skipped. */
export class BadLineError extends Error {}

/** The lines of files that cannot be used. */
export type BadLines = {
  /** What to tell of bad lines of a file. */
  in(file: string): (line: number, why: string) => void
  /** As `in`. */
  of(file: string, line: number, why: string): void
  /** Says how many there were. */
  finish(): void
}

/** Bad lines that are left out and written to `stderr`, or, unless `skips`, thrown as {@link BadLineError}. */
export function createBadLines(skips: boolean, stderr: NodeJS.WritableStream): BadLines {
  let count = 0
  const of = (file: string, line: number, why: string): void => {
    const text = `${file}:${line}: ${why}`
    if (!skips) throw new BadLineError(`${text}\n--skip-bad leaves out such lines and lists them`)
    count += 1
    stderr.write(`${text}\n`)
  }
  return {
    in: (file) => (line, why) => of(file, line, why),
    of,
    finish() {
      if (count > 0) stderr.write(`${count} bad lines left out\n`)
    },
  }
}
