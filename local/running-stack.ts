import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/** What `<dataDir>/stack.json` says about a running stack. */
export type StackAddresses = {
  owner: ProcessIdentity
  kafka: { brokers: string[] }
  registry: { url: string }
  clickhouse: { url: string }
}

/** The file that says where the stack of a data directory answers. */
export const addressFile = (dataDir: string): string => join(resolve(dataDir), 'stack.json')

/** The addresses of the stack that `up` runs on this data directory, if one runs. */
export function runningStack(dataDir: string): StackAddresses | undefined {
  const file = addressFile(dataDir)
  if (!existsSync(file)) return undefined
  const addresses = JSON.parse(readFileSync(file, 'utf8')) as StackAddresses
  return isAlive(addresses.owner) ? addresses : undefined
}
