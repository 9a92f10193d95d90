import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { startWorkerProcess } from '../../cli/worker-processes.ts'

// Nothing listens there.
const nobody = '127.0.0.1:9'

test('a worker that is asked to end by a signal ends, though its parent still holds the pipe', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'barline-worker-ends-'))
  const env = {
    BARLINE_DATA: dir,
    BARLINE_KAFKA_BROKERS: nobody,
    BARLINE_REGISTRY_URL: `http://${nobody}`,
    BARLINE_CLICKHOUSE_URL: `http://${nobody}`,
  }
  const worker = startWorkerProcess('engine', { env, logDir: dir })
  try {
    await worker.event('waiting')
    worker.kill('SIGTERM')
    await worker.event('stopped')
    expect(await worker.ended).toBe(0)
  } finally {
    worker.kill('SIGKILL')
    await worker.ended
    rmSync(dir, { recursive: true, force: true })
  }
})
