import type { RecordType } from './compiled-type.ts'

/** Bytes before the Avro body in Confluent wire format: a zero, then the schema id, big-endian. */
export const PREFIX_BYTES = 5

const SLAB_BYTES = 65_536

/** Encodes records one after the other into large buffers, so that a record costs neither an allocation nor a copy. */
export class WireSlab {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  #position = 0

  /** Confluent bytes of a value. Throws what avsc throws on a value that does not fit; the next call is unharmed. */
  write(type: RecordType, schemaId: number, value: unknown): Buffer {
    let start = this.#position
    let slab = this.#slab
    let end = type.encode(value, slab, start + PREFIX_BYTES)
    if (end < 0) {
      const needed = slab.length - end - start
      slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed))
      start = 0
      end = type.encode(value, slab, PREFIX_BYTES)
      if (needed < SLAB_BYTES) this.#slab = slab
    }
    slab[start] = 0
    slab.writeInt32BE(schemaId, start + 1)
    if (slab === this.#slab) this.#position = end
    return slab.subarray(start, end)
  }
}
