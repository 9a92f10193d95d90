import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { createHttpServer } from '../../../local/clickhouse/http-server.ts'
import { QueryQueue } from '../../../local/clickhouse/query-queue.ts'
import { refusalOf } from '../../../sink/server-codes.ts'

const dir = mkdtempSync(join(tmpdir(), 'barline-spool-'))
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(dir, { recursive: true, force: true })
})

/** More than any test here spools: which of them an insert takes is not known from outside. */
const spoolFiles = Array.from({ length: 50 }, (_, index) => join(dir, `insert-${index + 1}`))

/** Inserts rows into a server that keeps them where `place` says; what it answers, and which statements its engine was given. */
async function insert(rows: string, place: (spoolFile: string) => void) {
  mkdirSync(dir, { recursive: true })
  spoolFiles.forEach(place)
  const ran: string[] = []
  const server = createHttpServer({
    engine: {
      version: '1',
      timezone: 'UTC',
      run: async ({ sql }) => {
        ran.push(sql)
        return { bytes: new Uint8Array(), rowsRead: 0, bytesRead: 0, elapsedSeconds: 0 }
      },
      kill: async () => undefined,
      close: () => undefined,
    },
    queue: new QueryQueue({ running: { write: 1, read: 1 }, waiting: 9 }),
    deadlines: { defaultSeconds: 9, hardMarginMs: 9_000, killGraceMs: 9_000 },
    spoolDir: dir,
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?query=INSERT%20INTO%20t%20FORMAT%20TSV`
  const answer = await fetch(url, { method: 'POST', body: rows })
  return { status: answer.status, text: await answer.text(), ran }
}

const sizes = [
  ['few', 'a\n'],
  ['many', 'a\n'.repeat(200_000)],
] as const

test.each(sizes)('an insert of %s rows is given to the engine as a file', async (_, rows) => {
  const { status, ran } = await insert(rows, () => undefined)
  expect(status).toBe(200)
  expect(ran).toEqual([expect.stringContaining('FROM INFILE')])
})

test.each(sizes)('an insert of %s rows is refused when its rows cannot be kept', async (_, rows) => {
  const { status, ran } = await insert(rows, (spoolFile) => mkdirSync(spoolFile))
  expect(status).toBe(500)
  expect(ran).toEqual([])
})

// A device that is always full, which Linux has.
const always = '/dev/full'
if (!existsSync(always)) console.warn(`a full disk is not tried: there is no ${always}`)
const onFullDisk = existsSync(always) ? test : test.skip

onFullDisk.each(sizes)('an insert of %s rows into a full disk is to be tried again later', async (_, rows) => {
  const { status, text, ran } = await insert(rows, (spoolFile) => symlinkSync(always, spoolFile))
  expect(ran).toEqual([])
  expect(text).toMatch(/^Code: 243\. DB::Exception: .*\(NOT_ENOUGH_SPACE\)/)
  const facts = { operation: 'insert', httpStatus: status, serverCode: 243, text }
  expect(refusalOf(facts)).toMatchObject({ retriable: true })
})
