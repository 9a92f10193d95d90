const twoTo32 = 0x1_0000_0000

/** Bytes being read in Kafka's big-endian encoding. Reading behind the end throws RangeError. */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  int8(): number {
    const value = this.bytes.readInt8(this.at)
    this.at += 1
    return value
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at)
    this.at += 2
    return value
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at)
    this.at += 4
    return value
  }

  /** 64 bits as a number, exact to 53 of them: offsets, times and producer ids do not come near. */
  int64(): number {
    const value = this.bytes.readInt32BE(this.at) * twoTo32 + this.bytes.readUInt32BE(this.at + 4)
    this.at += 8
    return value
  }

  string(): string {
    const size = this.int16()
    return this.#slice(size).toString('utf8')
  }

  varint(): number {
    let zigzag = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]
      if (byte === undefined || shift > 28) throw new RangeError('A varint does not end')
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
    }
  }

  varlong(): number {
    let zigzag = 0
    for (let weight = 1, count = 0; ; weight *= 0x80, count += 1) {
      const byte = this.bytes[this.at++]
      if (byte === undefined || count > 9) throw new RangeError('A varlong does not end')
      zigzag += (byte & 0x7f) * weight
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
  }

  /** Bytes behind their length as a varint; null for the length -1. A view, not a copy. */
  varBytes(): Buffer | null {
    const size = this.varint()
    return size < 0 ? null : this.#slice(size)
  }

  /** Calls `read` once for each element of an array with a 32-bit count. */
  array<T>(read: () => T): T[] {
    const count = this.int32()
    const items: T[] = []
    for (let index = 0; index < count; index += 1) items.push(read())
    return items
  }

  #slice(size: number): Buffer {
    const end = this.at + size
    if (size < 0 || end > this.bytes.length) throw new RangeError('The bytes are cut short')
    const slice = this.bytes.subarray(this.at, end)
    this.at = end
    return slice
  }
}
