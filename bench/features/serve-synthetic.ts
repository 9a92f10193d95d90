import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { featuresJson } from '../../serve/features/http/answer-json.ts'
import { serveFeatures } from '../../serve/features/http/feature-server.ts'
import { openClickHouse } from '../../sink/clickhouse-client.ts'
import { dailyView, symbols, syntheticService } from './synthetic.ts'

// The process that is asked over HTTP: the feature service, and beside it Node's own server that sends the same bytes from memory.
const { service } = syntheticService(dailyView())
const running = {
  ...service,
  clickhouse: openClickHouse({ url: 'http://127.0.0.1:1' }),
  tables: [],
  status: () => ({ lag: 0, failure: undefined }),
  close: async () => undefined,
}
const { port } = await serveFeatures(running, { host: '127.0.0.1', port: 0 })
const bytes = featuresJson(await service.getFeatures({ symbols, timeHorizon: '1d' }))
const plain = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes)
})
plain.listen(0, '127.0.0.1', () => {
  process.stdout.write(
    `${JSON.stringify({ port, plainPort: (plain.address() as AddressInfo).port, bytes: bytes.length })}\n`,
  )
})
process.stdin.resume().once('end', () => process.exit(0))
