const firstBytes = 4 * 1024
const twoTo32 = 0x1_0000_0000

/** Bytes being written in Kafka's big-endian encoding; grows as needed. Varints are zigzag, as records have them. */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(size: number = firstBytes) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  get length(): number {
    return this.#length
  }

  /** What has been written; valid until more is. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  int8(value: number): void {
    const at = this.#advance(1)
    this.#bytes[at] = value
  }

  int16(value: number): void {
    const at = this.#advance(2)
    this.#bytes.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#advance(4)
    this.#bytes.writeInt32BE(value, at)
  }

  /** A whole number of at most 53 bits. */
  int64(value: number): void {
    const at = this.#advance(8)
    this.#bytes.writeInt32BE(Math.floor(value / twoTo32), at)
    this.#bytes.writeUInt32BE(value >>> 0, at + 4)
  }

  /** UTF-8 with its length in 16 bits; null has the length -1. */
  string(value: string | null): void {
    if (value === null) {
      this.int16(-1)
      return
    }
    const size = Buffer.byteLength(value)
    this.int16(size)
    const at = this.#advance(size)
    this.#bytes.write(value, at, size, 'utf8')
  }

  /** A signed 32-bit number in as few bytes as it needs. */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest >= 0x80) {
      this.int8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.int8(rest)
  }

  /** A whole number of at most 52 bits. */
  varlong(value: number): void {
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      this.varint(value)
      return
    }
    let rest = value < 0 ? -value * 2 - 1 : value * 2
    while (rest >= 0x80) {
      this.int8((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.int8(rest)
  }

  /** Bytes behind their length as a varint. */
  varBytes(value: Buffer): void {
    this.varint(value.length)
    const at = this.#advance(value.length)
    value.copy(this.#bytes, at)
  }

  /** UTF-8 behind its length as a varint. */
  varText(value: string): void {
    const size = Buffer.byteLength(value)
    this.varint(size)
    const at = this.#advance(size)
    this.#bytes.write(value, at, size, 'utf8')
  }

  setInt32(at: number, value: number): void {
    this.#bytes.writeInt32BE(value, at)
  }

  #advance(size: number): number {
    const at = this.#length
    const end = at + size
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    this.#length = end
    return at
  }
}

/** Bytes that {@link ByteWriter.varint} takes for a value. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5
}

/** Bytes that {@link ByteWriter.varlong} takes for a value. */
export function varlongSize(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return varintSize(value)
  let rest = value < 0 ? -value * 2 - 1 : value * 2
  let size = 1
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1
  return size
}
