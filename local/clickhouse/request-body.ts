import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { ClickHouseException, notImplemented } from './exception.ts'
import { type InsertStatement, insertFromFile, parseInsert } from './insert-statement.ts'

/** The statement to run, and the file its rows were spooled to, if any. The caller removes the file. */
export type SpooledQuery = { sql: string; spoolFile: string | undefined }

const headBytes = 64 * 1024
const maxQueryBytes = 16 * 1024 * 1024

/**
 * Joins the URL's query with the request's body. A statement is read into memory (16 MiB at most); rows of an insert go to
 * a file in `spoolDir`, because chDB takes statements as text and only a file keeps binary formats byte for byte.
 */
export async function readQuery(request: IncomingMessage, query: string, spoolDir: string): Promise<SpooledQuery> {
  const body = decoded(request)
  const head = await readHead(body)
  if (head.bytes.length === 0) return { sql: query, spoolFile: undefined }
  const urlInsert = parseInsert(query)
  if (urlInsert) return spool(urlInsert, head.bytes, body, spoolDir)
  const text = head.bytes.toString('latin1')
  const bodyInsert = query.trim() === '' ? parseInsert(text) : undefined
  if (bodyInsert && !(bodyInsert.format === 'Values' && head.ended)) {
    const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString()
    const insert = { ...bodyInsert, target: utf8(bodyInsert.target), settings: utf8(bodyInsert.settings) }
    return spool(insert, head.bytes.subarray(bodyInsert.dataStart), body, spoolDir)
  }
  const whole = Buffer.concat([head.bytes, await readRest(body, maxQueryBytes - head.bytes.length)]).toString()
  return { sql: query.trim() === '' ? whole : `${query}\n${whole}`, spoolFile: undefined }
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return request
  const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress }
  if (!(encoding in decoders)) throw notImplemented(`Content-Encoding ${encoding}; use gzip, deflate or br`)
  const decoder = decoders[encoding as keyof typeof decoders]()
  request.on('error', (error) => decoder.destroy(error))
  request.on('aborted', () => decoder.destroy(new Error('the client went away')))
  return request.pipe(decoder)
}

async function readHead(body: Readable): Promise<{ bytes: Buffer; ended: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  while (length < headBytes) {
    const chunk = (body.read() as Buffer | null) ?? undefined
    if (chunk) {
      chunks.push(chunk)
      length += chunk.length
    } else if (body.readableEnded || !(await readable(body))) {
      return { bytes: Buffer.concat(chunks), ended: true }
    }
  }
  return { bytes: Buffer.concat(chunks), ended: false }
}

const readable = (body: Readable): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      body.off('readable', ready).off('end', end).off('error', fail).off('close', gone)
      act()
    }
    const ready = settle(() => resolve(true))
    const end = settle(() => resolve(false))
    const gone = settle(() => reject(new Error('the client went away')))
    const fail = (error: Error): void => settle(() => reject(error))()
    body.on('readable', ready).on('end', end).on('error', fail).on('close', gone)
  })

async function readRest(body: Readable, room: number): Promise<Buffer> {
  if (body.readableEnded) return Buffer.alloc(0)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > room) {
      throw new ClickHouseException(229, 'QUERY_IS_TOO_LARGE', `The statement is longer than ${maxQueryBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

let spooled = 0

async function spool(insert: InsertStatement, head: Buffer, body: Readable, spoolDir: string): Promise<SpooledQuery> {
  const spoolFile = join(spoolDir, `insert-${++spooled}`)
  const file = createWriteStream(spoolFile, { highWaterMark: 1024 * 1024 })
  try {
    await pipeline(async function* () {
      yield head
      if (!body.readableEnded) yield* body
    }, file)
    return { sql: insertFromFile(insert, spoolFile), spoolFile }
  } catch (error) {
    await rm(spoolFile, { force: true })
    throw asRefusal(error)
  }
}

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** A full disk in ClickHouse's words: clients try again later, and not after an error that they do not know. */
function asRefusal(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!fullDisk.has(code)) return error
  return new ClickHouseException(
    243,
    'NOT_ENOUGH_SPACE',
    `Cannot take the rows of an insert, not enough space: ${code}`,
  )
}
