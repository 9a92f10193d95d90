import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import type { Splitter } from './frame.ts'
import { httpSplitter } from './http-splitter.ts'
import { kafkaSplitter } from './kafka-splitter.ts'
import { NothingCaughtError } from './snare.ts'
import { TcpProxy } from './tcp-proxy.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

type Answering = { readonly proxy: TcpProxy; readonly received: Buffer[] }

/** A proxy before a server that answers every Kafka request with its number and nothing else. */
async function kafkaEcho(): Promise<Answering> {
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const splitter = kafkaSplitter()
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      for (const { bytes: request } of splitter.push('request', bytes as Buffer)) {
        received.push(Buffer.from(request))
        socket.write(Buffer.concat([Buffer.from([0, 0, 0, 4]), request.subarray(8, 12)]))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await openProxy(port, kafkaSplitter)
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { proxy, received }
}

async function openProxy(port: number, splitter: () => Splitter): Promise<TcpProxy> {
  const proxy = await TcpProxy.open({ port: () => port, splitter })
  closers.push(() => proxy.close())
  return proxy
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([0, bytes.length]), bytes])
}

function request(api: number, correlation: number, client: string, transactionalId: string): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt16BE(api, 0)
  head.writeInt16BE(1, 2)
  head.writeInt32BE(correlation, 4)
  const body = Buffer.concat([head, text(client), text(transactionalId)])
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

async function client(port: number): Promise<{ socket: Socket; answers: number[]; ended: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1')
  const answers: number[] = []
  socket.on('error', () => undefined)
  let rest = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes as Buffer])
    for (; rest.length >= 8; rest = rest.subarray(8)) answers.push(rest.readInt32BE(4))
  })
  closers.push(() => socket.destroy())
  const ended = new Promise((resolve) => socket.once('close', resolve))
  await Promise.race([once(socket, 'connect'), ended]).catch(() => undefined)
  return { socket, answers, ended }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 400) throw new Error('It did not come to pass within two seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const endTxn = 26
const produce = 0

test('bytes pass both ways, however they are sliced', async () => {
  const { proxy, received } = await kafkaEcho()
  proxy.set({ sliceBytes: 3 })
  const { socket, answers } = await client(proxy.port)
  socket.write(Buffer.concat([request(endTxn, 7, 'c', 'engine-0'), request(produce, 8, 'c', 'engine-0')]))
  await until(() => answers.length === 2)
  expect(answers).toEqual([7, 8])
  expect(received[0]).toEqual(request(endTxn, 7, 'c', 'engine-0'))
})

test('a cut at the answer to EndTxn leaves a server that has done what its client does not know', async () => {
  const { proxy, received } = await kafkaEcho()
  const { socket, answers, ended } = await client(proxy.port)
  const catching = proxy.catchNext({ direction: 'response', api: 'EndTxn', transactionalId: 'engine-1' })
  socket.write(request(endTxn, 1, 'c', 'engine-0'))
  await until(() => answers.length === 1)
  socket.write(request(endTxn, 2, 'c', 'engine-1'))
  const caught = await catching
  expect(received).toHaveLength(2)
  caught.release('cut')
  await ended
  expect(answers).toEqual([1])
  expect(proxy.cuts).toBe(1)
})

test('a held request arrives after its client has died', async () => {
  const { proxy, received } = await kafkaEcho()
  const { socket } = await client(proxy.port)
  const catching = proxy.catchNext({ direction: 'request', api: 'EndTxn', client: 'barline-engine' })
  socket.write(request(endTxn, 1, 'barline-engine', 'engine-0'))
  const caught = await catching
  socket.destroy()
  await once(socket, 'close')
  expect(received).toHaveLength(0)
  caught.release('forward')
  await until(() => received.length === 1)
})

test('a dropped request is never answered, and the next one is', async () => {
  const { proxy, received } = await kafkaEcho()
  const { socket, answers } = await client(proxy.port)
  const catching = proxy.catchNext({ direction: 'request', api: 'Produce' })
  socket.write(request(produce, 1, 'c', ''))
  ;(await catching).release('drop')
  socket.write(request(produce, 2, 'c', ''))
  await until(() => answers.length === 1)
  expect(answers).toEqual([2])
  expect(received).toHaveLength(1)
})

test('nothing passes a stalled proxy until it is cured', async () => {
  const { proxy, received } = await kafkaEcho()
  const { socket, answers } = await client(proxy.port)
  proxy.set({ stalled: true })
  socket.write(request(produce, 1, 'c', ''))
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(received).toHaveLength(0)
  proxy.set({})
  await until(() => answers.length === 1)
})

test('answers are delayed by the latency', async () => {
  const { proxy } = await kafkaEcho()
  const { socket, answers } = await client(proxy.port)
  proxy.set({ latencyMs: 60 })
  const startedAt = performance.now()
  socket.write(request(produce, 1, 'c', ''))
  await until(() => answers.length === 1)
  expect(performance.now() - startedAt).toBeGreaterThan(110)
})

test('a connection is cut after so many bytes of answers', async () => {
  const { proxy } = await kafkaEcho()
  proxy.set({ limitBytes: 12 })
  const { socket, answers, ended } = await client(proxy.port)
  socket.write(request(produce, 1, 'c', ''))
  await until(() => answers.length === 1)
  socket.write(request(produce, 2, 'c', ''))
  await ended
  expect(proxy.cuts).toBe(1)
})

test('a proxy that is down resets connections and takes none', async () => {
  const { proxy } = await kafkaEcho()
  const { ended } = await client(proxy.port)
  proxy.set({ down: true })
  await ended
  const late = await client(proxy.port)
  await late.ended
  expect(late.answers).toEqual([])
})

test('a snare that nothing falls into says what it waited for', async () => {
  const { proxy } = await kafkaEcho()
  await expect(proxy.catchNext({ api: 'EndTxn' }, 20)).rejects.toThrow(NothingCaughtError)
})

test('of HTTP, the answer to an INSERT is known by its statement, and can be replaced', async () => {
  const stored: string[] = []
  const server = createHttpServer(async (incoming, response) => {
    for await (const chunk of incoming) stored.push(String(chunk))
    response.end('Ok.')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  const proxy = await openProxy((server.address() as AddressInfo).port, httpSplitter)
  const url = `http://127.0.0.1:${proxy.port}/`
  const catching = proxy.catchNext({ direction: 'response', api: 'INSERT' })
  expect(await (await fetch(`${url}?query=SELECT+1`)).text()).toBe('Ok.')
  const answer = fetch(`${url}?a=b&query=INSERT%20INTO%20t`, { method: 'POST', body: 'rows' })
  const busy = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy'
  ;(await catching).release({ answer: Buffer.from(busy) })
  expect((await answer).status).toBe(503)
  expect(stored).toEqual(['rows'])
})
