import { createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ClickHouse, QueryParameters } from './clickhouse-client.ts'
import { ExportCutShortError } from './errors.ts'

/** What to export, and where to. */
export type ExportOptions = {
  /** A SELECT without FORMAT clause. Give it an ORDER BY if the file is to be the same each time. */
  readonly sql: string
  readonly parameters?: QueryParameters
  readonly format: 'parquet' | 'csv' | 'arrow'
  /** The file appears under this name only when it is complete. */
  readonly path: string
  /** Longest time for query and transfer together. */
  readonly deadlineMs?: number
}

/** A file that was written. */
export type Exported = { readonly path: string; readonly bytes: number }

const formats = { parquet: 'Parquet', csv: 'CSVWithNames', arrow: 'Arrow' } as const

/**
 * Runs a query and writes its result to a file as it comes, with bounded memory. Throws {@link ExportCutShortError} if the
 * answer ends early, and what the client throws.
 */
export async function exportQuery(client: ClickHouse, options: ExportOptions): Promise<Exported> {
  const { sql, parameters = {}, format, path, deadlineMs = 600_000 } = options
  const partial = `${path}.partial`
  await mkdir(dirname(path), { recursive: true })
  try {
    const answer = await client.stream(`${sql}\nFORMAT ${formats[format]}`, parameters, deadlineMs)
    await pipeline(answer, createWriteStream(partial)).catch((error: unknown) => {
      throw new ExportCutShortError(path, error instanceof Error ? error.message : String(error))
    })
    const { size } = await stat(partial)
    const reason = incomplete(format, await tailOf(partial, size))
    if (reason !== undefined) throw new ExportCutShortError(path, reason)
    await rename(partial, path)
    return { path, bytes: size }
  } finally {
    await rm(partial, { force: true })
  }
}

const footers = { parquet: 'PAR1', arrow: 'ARROW1', csv: '' } as const

// With status 200 already sent, a server can report a failure only by writing it into the body.
function incomplete(format: ExportOptions['format'], tail: string): string | undefined {
  const exception =
    /Code: \d+\. DB::[A-Za-z:]*Exception(?!.*Code: \d+\. DB::).*(__exception__|\(version .*\))\s*$/s.exec(tail)?.[0]
  if (exception !== undefined) return exception.slice(0, 500)
  return tail.endsWith(footers[format]) ? undefined : 'the file has no footer'
}

async function tailOf(path: string, size: number): Promise<string> {
  const length = Math.min(size, 4_096)
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}
