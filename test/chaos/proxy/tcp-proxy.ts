import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Direction, Frame, Splitter } from './frame.ts'
import { type Caught, Snares, type Wanted } from './snare.ts'
import { passageOf, type Toxics } from './toxics.ts'

/** What passes through a proxy: where to, and how its bytes are told apart. The port is asked for at each connection. */
export type ProxyTarget = { readonly port: () => number; readonly splitter: () => Splitter }

type Link = {
  readonly number: number
  readonly client: Socket
  readonly server: Socket
  readonly splitter: Splitter
  answered: number
}

const stallCheckMs = 20
const catchWithinMs = 240_000

/** Resolves when a socket takes more, or takes no more at all. */
function drainedOrClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle)
      resolve()
    }
    socket.on('drain', settle).on('close', settle)
  })
}

/**
 * A loopback TCP proxy that can do to a connection what a network does: delay, stall, slice, refuse, reset, cut after so many
 * bytes, and, knowing the protocol, hold or cut at one message, so that a server has done what its client never hears of. A
 * held request still reaches the server when it is let go, even if its client has died meanwhile.
 */
export class TcpProxy {
  readonly #server: Server
  readonly #target: ProxyTarget
  readonly #links = new Set<Link>()
  readonly #snares = new Snares()
  #toxics: Toxics = {}
  #accepted = 0
  /** Frames that have passed, by direction and api: evidence of what went on. */
  readonly counts = new Map<string, number>()
  /** Connections that were cut or reset on purpose. */
  cuts = 0

  private constructor(server: Server, target: ProxyTarget) {
    this.#server = server
    this.#target = target
    server.on('connection', (client) => this.#accept(client))
  }

  static async open(target: ProxyTarget): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    const proxy = new TcpProxy(server, target)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Puts toxics in force in place of those there were. */
  set(toxics: Toxics): void {
    this.#toxics = toxics
    if (toxics.down) this.resetAll()
  }

  /** Catches the next such message and holds it; see {@link Snares.catchNext}. */
  catchNext(wanted: Wanted, withinMs = catchWithinMs): Promise<Caught> {
    return this.#snares.catchNext(wanted, withinMs)
  }

  resetAll(): void {
    for (const link of this.#links) this.#cut(link)
  }

  async close(): Promise<void> {
    this.resetAll()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined)
    if (this.#toxics.down) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ port: this.#target.port(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    server.on('error', () => client.destroy())
    this.#accepted += 1
    const link: Link = { number: this.#accepted, client, server, splitter: this.#target.splitter(), answered: 0 }
    this.#links.add(link)
    const ends = [this.#pump(link, 'request'), this.#pump(link, 'response')]
    void Promise.all(ends).then(() => {
      client.destroy()
      server.destroy()
      this.#links.delete(link)
    })
  }

  async #pump(link: Link, direction: Direction): Promise<void> {
    const [from, to] = direction === 'request' ? [link.client, link.server] : [link.server, link.client]
    try {
      for await (const chunk of from) {
        for (const frame of link.splitter.push(direction, chunk as Buffer)) await this.#pass(link, frame, to)
      }
    } catch {
      // A reset ends the pump as an end does.
    }
    // The other way goes on: a client that has died may have left a request here that is still to arrive.
    to.end()
    if (direction === 'response') link.client.destroy()
  }

  async #pass(link: Link, frame: Frame, to: Socket): Promise<void> {
    const verdict = await this.#snares.judge({ ...frame, connection: link.number })
    if (verdict === 'drop') return
    if (verdict === 'cut') return this.#cut(link)
    if (typeof verdict === 'object' && frame.direction === 'request') return this.#refuse(link, verdict.answer)
    const bytes = typeof verdict === 'object' ? verdict.answer : frame.bytes
    const { latencyMs = 0 } = this.#toxics
    if (latencyMs > 0) await sleep(latencyMs)
    while (this.#toxics.stalled) await sleep(stallCheckMs)
    const passage = passageOf(bytes, frame.direction, link.answered, this.#toxics)
    for (const slice of passage.slices) {
      if (!to.writable) break
      if (!to.write(slice)) await drainedOrClosed(to)
    }
    if (frame.direction === 'response') link.answered += bytes.length
    const key = `${frame.direction} ${frame.api}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
    if (passage.thenCut) this.#cut(link)
  }

  /** Answers in the place of the server, which never hears of the request. */
  #refuse(link: Link, answer: Buffer): void {
    this.cuts += 1
    link.client.end(answer)
    link.server.destroy()
  }

  #cut(link: Link): void {
    this.cuts += 1
    link.client.resetAndDestroy()
    link.server.destroy()
  }
}
