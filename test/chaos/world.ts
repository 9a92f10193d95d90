import type { RecordCodec } from '../../avro/codec.ts'
import type { Config } from '../../cli/config.ts'
import type { Stack } from '../../local/stack.ts'
import type { Log } from '../../streams/port.ts'
import type { Fleet } from './fleet/fleet.ts'
import type { TcpProxy } from './proxy/tcp-proxy.ts'

/** Everything that a fault can get hold of. */
export type World = {
  readonly stack: Stack
  readonly config: Config
  readonly fleet: Fleet
  /** Between the workers and the servers; the load and the audit go to the servers directly. */
  readonly proxies: { readonly kafka: TcpProxy; readonly registry: TcpProxy; readonly clickhouse: TcpProxy }
  readonly log: Log
  readonly codec: RecordCodec
  /** Writes a line to the log of the run. */
  readonly say: (event: string, details?: Readonly<Record<string, unknown>>) => void
}
