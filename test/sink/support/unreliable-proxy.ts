import { createServer, type ServerResponse, request as send } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** What is done with an insert: handed on; handed on, and its answer cut off; answered without being handed on; kept for later. */
export type InsertFate =
  | 'pass'
  | 'lose-answer'
  | 'hold'
  | { readonly status: number; readonly code?: number; readonly text: string }

/** An HTTP proxy before ClickHouse that does to inserts what a test says; everything else passes. */
export type UnreliableProxy = {
  readonly url: string
  /** Says what becomes of the n-th insert, from 1. */
  fateOf: (count: number) => InsertFate
  /** Tokens of the inserts that were asked for. */
  readonly tokens: string[]
  /** Inserts that ClickHouse has applied. */
  applied: number
  /** Hands on all inserts that were held, and resolves once they are applied. */
  release(): Promise<void>
  /** Refuses connections until it is called again with true. */
  listen(isUp: boolean): Promise<void>
  close(): Promise<void>
}

export async function startUnreliableProxy(target: string): Promise<UnreliableProxy> {
  const held: (() => Promise<void>)[] = []
  const server = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      const url = new URL(request.url ?? '/', target)
      const token = url.searchParams.get('insert_deduplication_token')
      const forward = (to: ServerResponse | undefined) => pass(url, request.headers, body, to)
      if (token === null) return forward(response)
      proxy.tokens.push(token)
      const fate = proxy.fateOf(proxy.tokens.length)
      const apply = async (to: ServerResponse | undefined) => {
        await forward(to)
        proxy.applied += 1
      }
      if (fate === 'pass') await apply(response)
      else if (fate === 'lose-answer') {
        await apply(undefined)
        response.destroy()
      } else if (fate === 'hold') held.push(() => apply(response))
      else {
        const { status, code, text } = fate
        response.writeHead(status, code === undefined ? {} : { 'X-ClickHouse-Exception-Code': String(code) })
        response.end(code === undefined ? text : `Code: ${code}. DB::Exception: ${text}`)
      }
    })
  })
  let port = 0
  const proxy: UnreliableProxy = {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    fateOf: () => 'pass',
    tokens: [],
    applied: 0,
    async release() {
      for (const apply of held.splice(0)) await apply()
    },
    async listen(isUp) {
      if (isUp) await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      else {
        server.closeAllConnections()
        await new Promise<void>((resolve) => server.close(() => resolve()))
      }
    },
    async close() {
      if (server.listening) await proxy.listen(false)
    },
  }
  await proxy.listen(true)
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  return proxy
}

/** Sends a request on; the answer goes to `to`, or nowhere. Resolves once ClickHouse has answered. */
function pass(url: URL, headers: object, body: Buffer, to: ServerResponse | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onward = send(url, { method: 'POST', headers: { ...headers, host: url.host } }, (answer) => {
      if (to && !to.destroyed) to.writeHead(answer.statusCode ?? 500, answer.headers)
      answer
        .on('data', (chunk) => to?.write(chunk))
        .on('end', () => {
          to?.end()
          resolve()
        })
    })
    onward.on('error', reject).end(body)
  })
}
