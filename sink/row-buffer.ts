const firstBytes = 64 * 1024
const shortText = 32

/** Bytes being written in RowBinary's little-endian encoding. It grows as needed and is reused after `clear`. */
export class RowBuffer {
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #view = viewOf(this.#bytes)
  #length = 0

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** Forgets everything written after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length)
  }

  /** The bytes from `start` to `end`, valid until the buffer is written to again. */
  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end)
  }

  uint8(value: number): void {
    const at = this.#advance(1)
    this.#bytes[at] = value
  }

  int32(value: number): void {
    const at = this.#advance(4)
    this.#view.setInt32(at, value, true)
  }

  /** A whole number between -2^53 and 2^53, in 8 bytes. */
  int64(value: number): void {
    const at = this.#advance(8)
    this.#view.setUint32(at, value >>> 0, true)
    this.#view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true)
  }

  bigInt64(value: bigint): void {
    const at = this.#advance(8)
    this.#view.setBigInt64(at, value, true)
  }

  float32(value: number): void {
    const at = this.#advance(4)
    this.#view.setFloat32(at, value, true)
  }

  float64(value: number): void {
    const at = this.#advance(8)
    this.#view.setFloat64(at, value, true)
  }

  /** An unsigned LEB128 number, as it precedes strings, arrays and maps. */
  length32(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.uint8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.uint8(rest)
  }

  /** UTF-8 with its length; lone surrogates become U+FFFD. */
  text(value: string): void {
    if (value.length <= shortText && this.#shortAscii(value)) return
    const size = Buffer.byteLength(value)
    this.length32(size)
    const at = this.#advance(size)
    this.#bytes.write(value, at, size, 'utf8')
  }

  bytes(value: Uint8Array): void {
    this.length32(value.byteLength)
    const at = this.#advance(value.byteLength)
    this.#bytes.set(value, at)
  }

  /** Bytes from `from` to `to` of others, as they are. */
  raw(bytes: Uint8Array, from = 0, to = bytes.byteLength): void {
    const at = this.#advance(to - from)
    if (to - from > shortText) this.#bytes.set(bytes.subarray(from, to), at)
    else for (let index = from; index < to; index++) this.#bytes[at + index - from] = bytes[index] as number
  }

  /** `count` values of `stride` bytes, each with a byte before it that says it is there: 0 here, whatever it is there. */
  present(bytes: Uint8Array, from: number, count: number, stride: number): void {
    const at = this.#length
    this.raw(bytes, from, from + count * stride)
    for (let index = 0; index < count; index++) this.#bytes[at + index * stride] = 0
  }

  // Symbols and codes are short and plain: a loop beats the call into the runtime several times over.
  #shortAscii(value: string): boolean {
    const size = value.length
    const at = this.#advance(size + 1)
    const bytes = this.#bytes
    bytes[at] = size
    for (let index = 0; index < size; index++) {
      const unit = value.charCodeAt(index)
      if (unit >= 0x80) {
        this.#length = at
        return false
      }
      bytes[at + 1 + index] = unit
    }
    return true
  }

  #advance(size: number): number {
    const at = this.#length
    const end = at + size
    if (end > this.#bytes.length) this.#grow(end)
    this.#length = end
    return at
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
