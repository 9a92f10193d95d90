import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { createKafka } from '../../../streams/kafka/client.ts'
import { clusterMaker } from '../../../streams/kafka/cluster-maker.ts'

/** A server that speaks to each connection as the script for it says, and the connections that it has had. */
type Fake = { readonly server: Server; readonly sockets: Socket[] }

const fakes: Fake[] = []
afterEach(() => {
  for (const { server, sockets } of fakes.splice(0)) {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

async function fakeBroker(answer: (socket: Socket, request: Buffer, connection: number) => void): Promise<Fake> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    const number = sockets.push(socket)
    socket.on('error', () => undefined)
    // Requests are small, and come whole, several together at times.
    socket.on('data', (bytes) => {
      for (let rest = bytes; rest.length > 0; rest = rest.subarray(4 + rest.readInt32BE(0)))
        answer(socket, rest, number)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  fakes.push({ server, sockets })
  return { server, sockets }
}

/** An answer to ApiVersions in its first version: that there is none but Metadata. */
function apiVersions(request: Buffer): Buffer {
  const answer = Buffer.alloc(4 + 4 + 2 + 4 + 6)
  answer.writeInt32BE(answer.length - 4, 0)
  request.copy(answer, 4, 8, 12)
  answer.writeInt32BE(1, 10)
  answer.writeInt16BE(3, 14)
  return answer
}

type Connection = { connect(): Promise<boolean>; disconnect(): Promise<boolean>; isConnected(): boolean }
type Pooled = { brokerPool: { seedBroker: SeedBroker; createSeedBroker(): Promise<void> } }
type SeedBroker = { apiVersions(): Promise<object>; connectionPool: { pool: [Connection, Connection] } }

/** A broker of kafkajs, as the cluster makes them, that is not connected yet. */
async function brokerOf({ server }: Fake): Promise<SeedBroker> {
  const { port } = server.address() as AddressInfo
  const kafka = createKafka({ brokers: [`127.0.0.1:${port}`], clientId: 'test' })
  const { brokerPool } = clusterMaker<Pooled>(kafka).make({})
  await brokerPool.createSeedBroker()
  return brokerPool.seedBroker
}

test('a connection that was cut in the middle of an answer reads the next one from its beginning', async () => {
  const fake = await fakeBroker((socket, request, connection) => {
    // The first answer ends behind its length and two bytes of its number.
    if (connection === 1) socket.end(apiVersions(request).subarray(0, 6))
    else socket.write(apiVersions(request))
  })
  const broker = await brokerOf(fake)
  await expect(broker.apiVersions()).rejects.toThrow('Closed connection')
  await expect(broker.apiVersions()).resolves.toHaveProperty('3')
  await broker.connectionPool.pool[0].disconnect()
})

test('requests that find a connection cut connect it once', async () => {
  const fake = await fakeBroker((socket, request) => socket.write(apiVersions(request)))
  const broker = await brokerOf(fake)
  const [connection] = broker.connectionPool.pool
  await Promise.all([broker.apiVersions(), broker.apiVersions(), broker.apiVersions()])
  expect(fake.sockets).toHaveLength(1)
  await connection.disconnect()
  await Promise.all([broker.apiVersions(), broker.apiVersions()])
  expect(fake.sockets).toHaveLength(2)
  await connection.disconnect()
})

test('a connection that could not be made is made at the next request', async () => {
  const fake = await fakeBroker((socket, request) => socket.write(apiVersions(request)))
  const { port } = fake.server.address() as AddressInfo
  const broker = await brokerOf(fake)
  fake.server.close()
  await once(fake.server, 'close')
  await expect(Promise.all([broker.apiVersions(), broker.apiVersions()])).rejects.toThrow('ECONNREFUSED')
  fake.server.listen(port, '127.0.0.1')
  await once(fake.server, 'listening')
  await expect(broker.apiVersions()).resolves.toHaveProperty('3')
  await broker.connectionPool.pool[0].disconnect()
})
