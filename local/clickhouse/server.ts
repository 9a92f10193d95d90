import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEngine } from './engine.ts'
import { createHttpServer } from './http-server.ts'
import { QueryQueue } from './query-queue.ts'

// The main module of ClickHouse's process: `node server.js --dir <data directory> --port <port>`.
const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string' },
    'max-waiting': { type: 'string', default: '256' },
    'default-seconds': { type: 'string', default: '60' },
  },
})
const dir = values.dir ?? '.'
const spoolDir = join(dir, 'spool')
rmSync(spoolDir, { recursive: true, force: true })
mkdirSync(spoolDir, { recursive: true })

const engine = await openEngine(join(dir, 'data'))
const server = createHttpServer({
  engine,
  queue: new QueryQueue({ running: { write: 1, read: 2 }, waiting: Number(values['max-waiting']) }),
  deadlines: { defaultSeconds: Number(values['default-seconds']), hardMarginMs: 5_000, killGraceMs: 2_000 },
  spoolDir,
})
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`${new Date().toISOString()} ClickHouse ${engine.version} (chDB) answers on 127.0.0.1:${values.port}`)
})

let stopping = false
const stop = (): void => {
  if (stopping) return
  stopping = true
  console.log(`${new Date().toISOString()} stopping`)
  server.close(() => {
    engine.close()
    process.exit(0)
  })
  server.closeIdleConnections()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
