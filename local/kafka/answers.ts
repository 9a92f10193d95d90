import { connect } from 'node:net'

const apiVersionsKey = 18
const correlationId = 7

/** Whether a broker answers an ApiVersions request (version 0) without error: it then serves clients. */
export function answers(port: number, withinMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(apiVersionsRequest()))
    let received = Buffer.alloc(0)
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(withinMs, () => settle(false))
    socket.on('error', () => settle(false))
    socket.on('end', () => settle(false))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      // Length, correlation id, error code.
      if (received.length >= 10) settle(received.readInt32BE(4) === correlationId && received.readInt16BE(8) === 0)
    })
  })
}

function apiVersionsRequest(): Buffer {
  const clientId = 'barline-health'
  const request = Buffer.alloc(4 + 10 + clientId.length)
  request.writeInt32BE(10 + clientId.length, 0)
  request.writeInt16BE(apiVersionsKey, 4)
  request.writeInt16BE(0, 6)
  request.writeInt32BE(correlationId, 8)
  request.writeInt16BE(clientId.length, 12)
  request.write(clientId, 14, 'latin1')
  return request
}
