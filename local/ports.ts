import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

// Below the range from which systems take ports for outgoing connections, so that none is gone before its owner binds it.
const lowest = 20_000
const highest = 32_000

/** Loopback ports by name, remembered in a data directory. */
export type Ports = {
  /** The port that `name` had last time if it is free, else another one, never that of another name. */
  choose(name: string): Promise<number>
}

export function rememberedPorts(dataDir: string): Ports {
  const file = join(dataDir, 'ports.json')
  const remembered = read(file)

  async function choose(name: string): Promise<number> {
    const before = remembered[name]
    let port = before ?? randomInt(lowest, highest)
    while (isAnothers(name, port) || !(await isFree(port))) port = randomInt(lowest, highest)
    if (port !== before) {
      remembered[name] = port
      writeFileSync(file, `${JSON.stringify(remembered)}\n`)
    }
    return port
  }
  const isAnothers = (name: string, port: number): boolean =>
    Object.entries(remembered).some(([other, itsPort]) => other !== name && itsPort === port)
  return { choose }
}

/** Whether nothing listens on a port of 127.0.0.1. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

function read(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}
