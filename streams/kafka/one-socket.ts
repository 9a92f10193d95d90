import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { replaceMethod } from './replace-method.ts'

const require = createRequire(import.meta.url)
const { KafkaJSConnectionError } = require('kafkajs') as typeof import('kafkajs')

/** What of a connection of kafkajs is touched here. */
type Connection = {
  socket?: Socket
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  barlineConnecting?: Promise<boolean> | undefined
  isConnected(): boolean
  connect(this: Connection): Promise<boolean>
}

const lengthBytes = 4

/**
 * kafkajs 2.2.4 connects a connection that was cut once for each request that finds it so: of the sockets of two requests at once, one
 * is forgotten and never closed, and keeps its process from ending. What both bring, and what an answer that was cut short
 * left behind, is read as one stream: lengths are then read in the middle of answers, and what comes of that is thrown where nobody can
 * catch it. And the end of an old socket, when it is noticed, fails the requests of the new one. Here a connection has one socket at a
 * time, begins each with nothing read, and hears no more of the one before.
 */
export function keepOneSocket(): void {
  const { prototype }: { prototype: object } = require('kafkajs/src/network/connection')
  replaceMethod<Connection['connect']>(
    prototype,
    'connect',
    (connect) =>
      function connectOnce(this: Connection) {
        if (this.isConnected()) return Promise.resolve(true)
        this.barlineConnecting ??= connectAfresh(this, connect).finally(() => {
          this.barlineConnecting = undefined
        })
        return this.barlineConnecting
      },
  )
}

function connectAfresh(connection: Connection, connect: Connection['connect']): Promise<boolean> {
  connection.socket
    ?.removeAllListeners()
    .on('error', () => undefined)
    .destroy()
  connection.chunks = []
  connection.bytesBuffered = 0
  connection.bytesNeeded = lengthBytes
  const connecting = connect.call(connection)
  return new Promise((resolve, reject) => {
    connecting.then(resolve, reject)
    // One that ends while it is being secured would leave everybody waiting for it.
    connection.socket?.once('close', () => reject(new KafkaJSConnectionError('Connection closed', {})))
  })
}
