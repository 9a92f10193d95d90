import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A request that the fake server has received. */
export type SeenRequest = { readonly parameters: URLSearchParams; readonly body: Buffer }

export type FakeClickHouse = {
  readonly url: string
  readonly seen: SeenRequest[]
  close(): Promise<void>
}

/** An HTTP server that answers each request as the test says. */
export async function startFakeClickHouse(
  answer: (seen: SeenRequest, response: ServerResponse, request: IncomingMessage) => void,
): Promise<FakeClickHouse> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const one = { parameters: new URL(request.url ?? '/', 'http://fake').searchParams, body }
      seen.push(one)
      answer(one, response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers as ClickHouse does to a statement that fails. */
export function fail(response: ServerResponse, status: number, code: number, text: string): void {
  response.writeHead(status, { 'X-ClickHouse-Exception-Code': String(code) })
  response.end(`Code: ${code}. DB::Exception: ${text} (version 26.7.2.1 (official build))\n`)
}
