import type { TableLine, TableLines } from './table-lines.ts'

const LINES_PER_REPORT = 25_000

/** Says on a stream of its own how far the reading of a long file is; of a short one nothing. */
export function createProgress(table: TableLines, stderr: NodeJS.WritableStream) {
  const onTerminal = 'isTTY' in stderr && stderr.isTTY === true
  let count = 0
  const report = (): void => {
    const text = `${count} lines, ${Math.floor(100 * table.done)}%`
    stderr.write(onTerminal ? `\r${text} ` : `${text}\n`)
  }
  return {
    async *watch(table: TableLines): AsyncGenerator<readonly TableLine[]> {
      for await (const lines of table) {
        yield lines
        const before = count
        count += lines.length
        if (Math.floor(count / LINES_PER_REPORT) > Math.floor(before / LINES_PER_REPORT)) report()
      }
    },
    finish(): void {
      if (count < LINES_PER_REPORT) return
      report()
      if (onTerminal) stderr.write('\n')
    },
  }
}
